import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { createConsumer, createProvider, fixedRegistry, JavaObject, type Consumer, type Provider } from './index.ts'
import { GreeterDefinition, greeterImplementation, plainGreeter, plainGreeterImplementation } from './testing/greeter.ts'

const clock = systemClock()
const errors: string[] = []
const onError = (method: string) => void errors.push(method)
const nowhere = fixedRegistry([])
let provider: Provider
let consumer: Consumer

const urlsOf = ({ services }: Provider) => services.map(({ protocol, port }) => `${protocol}://127.0.0.1:${port}/`)

before(async () => {
  provider = await createProvider({
    application: 'greeting',
    registry: nowhere,
    clock,
    triplePort: 0,
    classicPort: 0,
    listenOn: '127.0.0.1',
    maxCalls: 20,
    onError,
  })
    .triple(GreeterDefinition, greeterImplementation('one'))
    .triple(GreeterDefinition, greeterImplementation('two'), { group: 'g', version: '2.0' })
    .plain(plainGreeter, plainGreeterImplementation('one'))
    .plain(plainGreeter, plainGreeterImplementation('two'), { group: 'g', version: '2.0' })
    .start()
  consumer = createConsumer({ application: 'asking', registry: fixedRegistry([...new Set(urlsOf(provider))]), clock, random: systemRandom })
})

after(async () => {
  consumer.close()
  await provider.close(0)
})

describe('Triple', () => {
  test('a call is answered', async () => {
    const { calls } = consumer.triple(GreeterDefinition)
    const reply = await calls.greet({ name: '世界 😀', number: 42, blob: Buffer.from([1, 2]), delayMs: 0 })
    assert.deepEqual(reply, { kind: 'answered', value: { message: 'hello:世界 😀', number: 42, blob: Buffer.from([1, 2]), instance: 'one' }, attachments: {} })
  })

  test('attachments travel both ways, with their capitals', async () => {
    const { calls } = consumer.triple(GreeterDefinition)
    const reply = await calls.greet(request, { attachments: { traveller: 'a b', 'Other.Key': '1' } })
    assert.deepEqual(reply.kind === 'answered' && reply.attachments, { returned: 'a b' })
  })

  test('group and version choose the implementation; one that is not there is not called', async () => {
    const chosen = await consumer.triple(GreeterDefinition, { group: 'g', version: '2.0' }).calls.greet(request)
    assert.equal(chosen.kind === 'answered' && chosen.value.instance, 'two')
    const missing = await consumer.triple(GreeterDefinition, { group: 'h' }).calls.greet(request)
    assert.deepEqual(missing.kind === 'failed' && missing.error.name, 'UNIMPLEMENTED')
  })

  test('a ServiceError arrives as its status and text; a bug says nothing but that', async () => {
    const { calls } = consumer.triple(GreeterDefinition)
    assert.deepEqual(await calls.fail({ status: 3, message: 'ä 😀' }), {
      kind: 'failed',
      error: { name: 'INVALID_ARGUMENT', message: 'ä 😀' },
      attachments: {},
    })
    const bug = await calls.fail({ status: 3, message: 'bug' })
    assert.deepEqual(bug, { kind: 'failed', error: { name: 'INTERNAL', message: 'the provider failed; its log has the reason' }, attachments: {} })
    assert.ok(errors.includes('/example.greeting.Greeter/Fail'))
  })

  test('after the deadline the fate is unknown', async () => {
    const { calls } = consumer.triple(GreeterDefinition)
    assert.deepEqual(await calls.greet({ ...request, delayMs: 300 }, { deadlineAt: clock.now() + 100 }), { kind: 'unknown', because: 'deadline' })
  })

  test('streams are refused when the definition is given', () => {
    const { greet } = GreeterDefinition.methods
    const streaming = { fullName: 'a.B', methods: { greet: { ...greet, responseStream: true } } }
    assert.throws(() => consumer.triple(streaming), /a\.B has streams \(Greet\), which are not supported/)
  })
})

const request = { name: 'a', number: 0, blob: Buffer.alloc(0), delayMs: 0 }

describe('dubbo://', () => {
  const plain = () => consumer.plain(plainGreeter).calls

  test('a call is answered', async () => {
    assert.deepEqual(await plain().greet(['世界 😀']), { kind: 'answered', value: 'hello:世界 😀@one', attachments: { dubbo: '2.0.2' } })
  })

  test('every declared type, both ways', async () => {
    const valueOf = async (reply: Promise<{ readonly kind: string; readonly value?: unknown }>) => (await reply).value
    const person = new JavaObject('example.plain.Person', { name: 'a', age: 3 })
    assert.equal(await valueOf(plain().add([2_000_000_000, 1])), 2_000_000_001)
    assert.equal(await valueOf(plain().addLong([2n ** 62n, 1])), 2n ** 62n + 1n)
    assert.equal(await valueOf(plain().addLong([1, 2])), 3)
    assert.equal(await valueOf(plain().half([3])), 1.5)
    assert.deepEqual(await valueOf(plain().boxed([1, null, 1.5, true])), [1, null, 1.5, true])
    assert.equal(await valueOf(plain().negate([false])), true)
    assert.deepEqual(await valueOf(plain().reverse([Uint8Array.from([1, 2, 3])])), Uint8Array.from([3, 2, 1]))
    assert.deepEqual(await valueOf(plain().nextDay([new Date(0)])), new Date(86_400_000))
    assert.deepEqual(await valueOf(plain().merge([{ a: { b: [1, null] } }, ['x'.repeat(120_000)]])), { a: { b: [1, null] }, list: ['x'.repeat(120_000)] })
    assert.deepEqual(await valueOf(plain().rename([person, 'b'])), new JavaObject('example.plain.Person', { name: 'b', age: 3 }))
    assert.equal(await valueOf(plain().sleep([0n])), null)
  })

  test('attachments travel both ways', async () => {
    const reply = await plain().greet(['a'], { attachments: { traveller: '😀' } })
    assert.deepEqual(reply.kind === 'answered' && reply.attachments, { dubbo: '2.0.2', returned: '😀' })
  })

  test('group and version choose the implementation; one that is not there is not called', async () => {
    const chosen = await consumer.plain(plainGreeter, { group: 'g', version: '2.0' }).calls.greet(['a'])
    assert.equal(chosen.kind === 'answered' && chosen.value, 'hello:a@two')
    const missing = await consumer.plain(plainGreeter, { group: 'h' }).calls.greet(['a'])
    assert.equal(missing.kind === 'failed' && missing.error.name, 'service_not_found')
  })

  test('a ServiceError arrives as its Java class and text; a bug says nothing but that', async () => {
    const failed = await plain().fail(['ä 😀'])
    assert.deepEqual(failed.kind === 'failed' && failed.error, { name: 'java.lang.IllegalArgumentException', message: 'ä 😀' })
    const bug = await plain().fail(['bug'])
    assert.deepEqual(bug.kind === 'failed' && bug.error, { name: 'java.lang.RuntimeException', message: 'the provider failed; its log has the reason' })
    assert.ok(errors.includes('example.plain.PlainGreeter.fail'))
  })

  test('a method that is not there, or not with these parameters, is refused by name', async () => {
    const other = {
      name: plainGreeter.name,
      methods: { vanish: { parameters: [], result: 'void' }, add: { parameters: ['long', 'long'], result: 'long' } },
    } as const
    const vanished = await consumer.plain(other).calls.vanish([])
    assert.deepEqual(vanished.kind === 'failed' && vanished.error.message, 'example.plain.PlainGreeter has no method vanish')
    const added = await consumer.plain(other).calls.add([1, 2])
    assert.deepEqual(added.kind === 'failed' && added.error.message, 'add takes (II), not (JJ)')
  })

  test('an answer or a call beyond eight megabytes is refused, and costs nobody the connection', async () => {
    const { calls } = consumer.plain(plainGreeter, { timeoutMs: 10_000 })
    const half = new Uint8Array(5 * 1024 * 1024)
    const doubled = await calls.merge([{ half }, [Uint8Array.from(half)]]).catch((error: unknown) => error)
    assert.match(String(doubled), /HessianError: the call has 104\d{5} bytes, more than the limit of 8388608/)
    const slow = calls.sleep([300])
    const answer = await calls.describe([new Uint8Array(1_000_000)])
    assert.equal(answer.kind === 'failed' && answer.error.message.replace(/\d+/, 'n'), 'the answer has n bytes, more than the limit of 8388608')
    assert.equal((await slow).kind, 'answered')
  })

  test('after the deadline the fate is unknown, and a late answer disturbs nobody', async () => {
    assert.deepEqual(await plain().sleep([200], { deadlineAt: clock.now() + 50 }), { kind: 'unknown', because: 'deadline' })
    await clock.sleep(250)
    assert.equal((await plain().greet(['a'])).kind, 'answered')
  })
})

test('all services of a provider are called over one connection each protocol', async () => {
  const own = createConsumer({ application: 'asking', registry: fixedRegistry([...new Set(urlsOf(provider))]), clock, random: systemRandom })
  const earlier = provider.connectionCount
  await Promise.all([own.triple(GreeterDefinition).calls.greet(request), own.triple(GreeterDefinition, { group: 'g', version: '2.0' }).calls.greet(request)])
  await Promise.all([own.plain(plainGreeter).calls.greet(['a']), own.plain(plainGreeter, { group: 'g', version: '2.0' }).calls.greet(['a'])])
  assert.equal(provider.connectionCount - earlier, 2)
  own.close()
  for (const until = clock.now() + 5_000; provider.connectionCount > earlier; await clock.sleep(10)) assert.ok(clock.now() < until)
})

describe('too many calls', () => {
  test('what a provider does not take was surely not processed', async () => {
    const { calls } = consumer.triple(GreeterDefinition, { maxAttempts: 1 })
    const replies = await Promise.all(Array.from({ length: 30 }, () => calls.greet({ ...request, delayMs: 100 })))
    const refused = replies.filter(({ kind }) => kind !== 'answered')
    assert.equal(refused.length, 10)
    assert.deepEqual(refused[0], { kind: 'not_processed', because: 'overloaded' })
    const plain = consumer.plain(plainGreeter, { maxAttempts: 1 }).calls
    const slept = await Promise.all(Array.from({ length: 30 }, () => plain.sleep([100])))
    assert.deepEqual(slept.filter(({ kind }) => kind !== 'answered').length, 10)
    assert.deepEqual(slept.at(-1), { kind: 'not_processed', because: 'overloaded' })
  })
})

test('a handler that says it has not begun: surely not processed', async () => {
  const busy = { kind: 'not_processed', because: 'overloaded' }
  assert.deepEqual(await consumer.triple(GreeterDefinition).calls.fail({ status: 3, message: 'busy' }), busy)
  assert.deepEqual(await consumer.plain(plainGreeter).calls.fail(['busy']), busy)
})

test('a storm of calls beyond their deadline costs no other call its connection', async () => {
  const own = await createProvider({ application: 'slow', registry: nowhere, clock, triplePort: 0, listenOn: '127.0.0.1', maxCalls: 2_000 })
    .triple(GreeterDefinition, greeterImplementation('slow'))
    .start()
  const asking = createConsumer({ application: 'asking', registry: fixedRegistry(urlsOf(own)), clock, random: systemRandom })
  const { calls } = asking.triple(GreeterDefinition, { timeoutMs: 30_000 })
  await calls.greet(request)
  const patient = calls.greet({ ...request, delayMs: 4_000 })
  const replies = await Promise.all(Array.from({ length: 1_500 }, () => calls.greet({ ...request, delayMs: 3_000 }, { deadlineAt: clock.now() + 1_000 })))
  assert.ok(replies.every((reply) => reply.kind === 'unknown' && reply.because === 'deadline'))
  assert.equal((await patient).kind, 'answered')
  asking.close()
  await own.close(0)
})

describe('nobody there', () => {
  test('a port where nobody listens is unreachable, a service that nobody provides has no provider', async () => {
    const away = createConsumer({ application: 'asking', registry: fixedRegistry(['tri://127.0.0.1:1/', 'dubbo://127.0.0.1:1/']), clock, random: systemRandom })
    assert.deepEqual(await away.triple(GreeterDefinition).calls.greet(request), { kind: 'not_processed', because: 'unreachable' })
    assert.deepEqual(await away.plain(plainGreeter).calls.greet(['a']), { kind: 'not_processed', because: 'unreachable' })
    away.close()
    const none = createConsumer({ application: 'asking', registry: nowhere, clock, random: systemRandom })
    assert.deepEqual(await none.triple(GreeterDefinition).calls.greet(request), { kind: 'not_processed', because: 'no_provider' })
    none.close()
  })

  test('a provider that dies under a call leaves its fate unknown; it is found again when it is back', async () => {
    const builder = () =>
      createProvider({ application: 'dying', registry: nowhere, clock, classicPort: port, triplePort: triplePort, listenOn: '127.0.0.1' })
        .plain(plainGreeter, plainGreeterImplementation('x'))
        .triple(GreeterDefinition, greeterImplementation('x'))
        .start()
    let port = 0
    let triplePort = 0
    const first = await builder()
    port = first.services.find(({ protocol }) => protocol === 'dubbo')?.port ?? 0
    triplePort = first.services.find(({ protocol }) => protocol === 'tri')?.port ?? 0
    const own = createConsumer({ application: 'asking', registry: fixedRegistry([...new Set(urlsOf(first))]), clock, random: systemRandom })
    const plain = own.plain(plainGreeter).calls
    const triple = own.triple(GreeterDefinition).calls
    await Promise.all([plain.greet(['a']), triple.greet(request)])
    await first.close(0)
    assert.deepEqual((await plain.greet(['a'])).kind, 'not_processed')
    assert.deepEqual((await triple.greet(request)).kind, 'not_processed')
    const second = await builder()
    const answered = async () => (await plain.greet(['a'])).kind === 'answered' && (await triple.greet(request)).kind === 'answered'
    const until = clock.now() + 15_000
    while (!(await answered()) && clock.now() < until) await clock.sleep(50)
    assert.ok(await answered())
    own.close()
    await second.close(0)
  })
})
