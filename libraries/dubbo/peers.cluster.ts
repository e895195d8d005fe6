import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import {
  createConsumer,
  createProvider,
  JavaDouble,
  JavaObject,
  openZooKeeper,
  zookeeperRegistry,
  type Consumer,
  type HessianValue,
  type Provider,
  type Registry,
  type Reply,
} from './index.ts'
import { GreeterDefinition, greeterImplementation, plainGreeter, plainGreeterImplementation } from './testing/greeter.ts'
import { startPeer } from './testing/java.ts'
import type { Program } from './testing/process.ts'
import { startZooKeepers, type ZooKeepers } from './servers/index.ts'

const clock = systemClock()
let zookeepers: ZooKeepers
let registry: Registry

before(async () => {
  zookeepers = await startZooKeepers(4_500)
  registry = zookeeperRegistry({ zookeeper: openZooKeeper({ servers: zookeepers.servers, clock }), clock })
})

after(async () => {
  registry.close()
  await zookeepers.stop()
})

/** What Java's side prints, `what = outcome`, in order. */
function outcomes({ lines }: Program): string[] {
  return lines.filter((line) => line.startsWith('  ')).map((line) => line.trim())
}

const tripleOutcomes = [
  'greet = hello:世界 😀',
  'number and bytes = 4503599627370496 100000',
  'attachment = there and back',
  'fail = INVALID_ARGUMENT: 世界 😀',
  'bug = INTERNAL: the provider failed; its log has the reason',
]

const plainOutcomes = [
  'greet = hello:世界 😀@node',
  'null = hello:null@node',
  'attachment = 世界 😀',
  'long text = true',
  'int = -1',
  'long = 9223372036854775806',
  'double = 1.5',
  'boxed = [1, null, 1.5, true]',
  'boolean = false',
  'bytes = [-3, 2, 1]',
  'many bytes = true',
  'date = 1234654290123',
  'nested = {inner={number=1.5, text=世界 😀}, list=[1, two, null, [true]], nothing=null}',
  'bean = 世界 😀 7',
  ...['Integer', 'Integer', 'Long', 'Double', 'Double', 'Double', 'Double', 'String', 'Boolean', 'null', 'Date', 'ArrayList', 'byte[]'].map(
    (type) => `echo ${type} = true`,
  ),
  'fail = java.lang.IllegalArgumentException: 世界 😀',
  'bug = java.lang.RuntimeException: the provider failed; its log has the reason',
  '$echo = there?',
]

describe('a Java consumer finds and calls a TypeScript provider', () => {
  let provider: Provider
  before(async () => {
    provider = await createProvider({ application: 'node-greeting', registry, clock, triplePort: 0, classicPort: 0 })
      .triple(GreeterDefinition, greeterImplementation('node'), { group: 'g', version: '1.2' })
      .plain(plainGreeter, plainGreeterImplementation('node'), { group: 'g', version: '1.2' })
      .start()
  })
  after(() => provider.close(0))

  const cases = [
    ['tri', 'FORCE_INTERFACE', tripleOutcomes],
    ['tri', 'FORCE_APPLICATION', tripleOutcomes],
    ['dubbo', 'FORCE_INTERFACE', plainOutcomes],
    ['dubbo', 'FORCE_APPLICATION', plainOutcomes],
  ] as const
  for (const [protocol, level, expected] of cases)
    test(`over ${protocol}, ${level}`, async () => {
      const consumer = await startPeer({
        role: 'check',
        zk: zookeepers.javaUrl,
        protocol,
        group: 'g',
        version: '1.2',
        'dubbo.application.service-discovery.migration': level,
      })
      await consumer.line('DONE')
      await consumer.signal('SIGKILL')
      assert.deepEqual(outcomes(consumer), expected)
    })
})

describe('a TypeScript consumer finds and calls a Java provider', () => {
  const levels = [
    ['interface level', { registerMode: 'interface' }],
    ['application level, remote metadata', { registerMode: 'instance', metadataType: 'remote' }],
    ['both, as is the default', {}],
  ] as const
  for (const [level, settings] of levels)
    describe(level, () => {
      let provider: Program
      let consumer: Consumer
      before(async () => {
        provider = await startPeer({
          role: 'provider',
          zk: zookeepers.javaUrl,
          name: 'java-greeting',
          version: '3.0',
          triplePort: '4531',
          classicPort: '4532',
          ...settings,
        })
        await provider.line('READY')
        consumer = createConsumer({ application: 'node-asking', registry, clock, random: systemRandom })
      })
      after(async () => {
        consumer.close()
        await provider.signal('SIGTERM')
      })

      test('over Triple', async () => {
        const { calls, ready } = consumer.triple(GreeterDefinition, { version: '3.0', timeoutMs: 5_000 })
        await ready
        const blob = Buffer.alloc(100_000, 7)
        const reply = await calls.greet({ name: '世界 😀', number: 2 ** 52, blob, delayMs: 0 }, { attachments: { traveller: 'there and back' } })
        assert.deepEqual(reply.kind === 'answered' && reply.value, { message: 'hello:世界 😀', number: 2 ** 52, blob, instance: 'java-greeting' })
        assert.equal(reply.kind === 'answered' && reply.attachments['returned'], 'there and back')
        const failed = await calls.fail({ status: 3, message: 'not so' })
        assert.deepEqual(failed.kind === 'failed' && failed.error, { name: 'INVALID_ARGUMENT', message: 'INVALID_ARGUMENT : not so' })
        const late = await calls.greet({ name: '', number: 0, blob: Buffer.alloc(0), delayMs: 500 }, { deadlineAt: clock.now() + 200 })
        assert.deepEqual(late, { kind: 'unknown', because: 'deadline' })
      })

      test('over dubbo://', async () => {
        const { calls, ready } = consumer.plain(plainGreeter, { version: '3.0', timeoutMs: 5_000 })
        await ready
        const valueOf = async (reply: Promise<Reply<unknown>>) => {
          const settled = await reply
          return settled.kind === 'answered' ? settled.value : settled
        }
        assert.equal(await valueOf(calls.greet(['世界 😀'])), 'hello:世界 😀@java-greeting')
        assert.equal(await valueOf(calls.add([2_147_483_647, -2_147_483_648])), -1)
        assert.equal(await valueOf(calls.addLong([2n ** 63n - 1n, -1])), 2n ** 63n - 2n)
        assert.equal(await valueOf(calls.half([3])), 1.5)
        assert.deepEqual(await valueOf(calls.boxed([1, null, 1.5, true])), [1, null, 1.5, true])
        assert.equal(await valueOf(calls.negate([true])), false)
        assert.deepEqual(await valueOf(calls.reverse([new Uint8Array(100_000)])), new Uint8Array(100_000))
        assert.deepEqual(await valueOf(calls.nextDay([new Date(1_234_567_890_123)])), new Date(1_234_654_290_123))
        assert.deepEqual(await valueOf(calls.merge([{ a: { b: '😀' } }, [1, null, [true]]])), { a: { b: '😀' }, list: [1, null, [true]] })
        const person = new JavaObject('example.plain.Person', { name: 'before', age: 7 })
        assert.deepEqual(await valueOf(calls.rename([person, '世界 😀'])), new JavaObject('example.plain.Person', { name: '世界 😀', age: 7 }))
        assert.equal(await valueOf(calls.sleep([1])), null)
        const failed = await calls.fail(['世界 😀'])
        assert.deepEqual(failed.kind === 'failed' && failed.error, { name: 'java.lang.IllegalArgumentException', message: '世界 😀' })
        const attached = await calls.greet(['a'], { attachments: { traveller: '世界 😀' } })
        assert.equal(attached.kind === 'answered' && attached.attachments['returned'], '世界 😀')
        assert.deepEqual(await calls.sleep([500], { deadlineAt: clock.now() + 200 }), { kind: 'unknown', because: 'deadline' })
      })

      test('over dubbo://, Java sees the types that were meant', async () => {
        const { calls } = consumer.plain(plainGreeter, { version: '3.0', timeoutMs: 5_000 })
        const seenInJava: readonly (readonly [value: HessianValue, seen: string])[] = [
          [1, 'Integer 1'],
          [2 ** 40, 'Long 1099511627776'],
          [1n, 'Long 1'],
          [1.5, 'Double 1.5'],
          [new JavaDouble(1), 'Double 1.0'],
          [new Date(5), 'Date 5'],
          [new Uint8Array(3), 'byte[3]'],
          [[1, 'a'], 'List [1, a]'],
          [{ a: { b: 1 } }, 'Map {a={b=1}}'],
          [new Map([[1, 'a']]), 'Map {1=a}'],
          [new JavaObject('java.math.BigDecimal', { value: '1.10' }), 'BigDecimal 1.10'],
          [null, 'null'],
        ]
        for (const [value, seen] of seenInJava) {
          const reply = await calls.describe([value])
          assert.equal(reply.kind === 'answered' ? reply.value : JSON.stringify(reply), seen)
        }
      })

      test('whatever JavaScript sends comes back as it was', async () => {
        const { calls } = consumer.plain(plainGreeter, { version: '3.0', timeoutMs: 5_000 })
        const values: HessianValue[] = [
          '',
          '😀'.repeat(40_000),
          0,
          -0.5,
          2 ** 31,
          -(2n ** 63n),
          true,
          new Date(0),
          [[], {}],
          { '': null },
          Uint8Array.from([0, 255]),
        ]
        for (const value of values) {
          const reply = await calls.echo([value])
          assert.deepEqual(reply.kind === 'answered' ? reply.value : reply, value)
        }
      })
    })
})
