import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { systemClock } from '@suanpan/runtime/time'
import fc from 'fast-check'
import { ServiceError } from '../call.ts'
import { createEncoder, type HessianValue } from '../hessian/index.ts'
import type { Link } from '../link.ts'
import { createTraffic } from '../traffic.ts'
import { completeFrame, createFrameReader, headBytes, heartbeat, heartbeatAnswer, readOnlyNotice, statuses, type Frame } from './frames.ts'
import { openClassicLink, type ClassicLinkOptions, type ClassicRequest } from './link.ts'
import { decodeFailure, encodeCall, encodeFailure, encodeValue } from './messages.ts'
import { plainInterface } from './plain-interface.ts'
import { startClassicServer, type ClassicServerOptions } from './server.ts'
import { plainService } from './service.ts'

const clock = systemClock()
const limit = 100_000
const request: ClassicRequest = { path: 'a.B', version: '0.0.0', method: 'c', descriptor: '', write: () => {} }
const call = (link: Link<ClassicRequest, HessianValue>) => link.call({ request, deadlineAt: clock.now() + 5_000, attachments: {} })

async function until(is: () => boolean): Promise<void> {
  for (const end = clock.now() + 10_000; !is(); await clock.sleep(10)) assert.ok(clock.now() < end, 'it did not come about in ten seconds')
}

/** A provider that does with each frame what the test says, and a link to it. */
async function linkTo(context: TestContext, onFrame: (frame: Frame, socket: Socket) => void, options: Partial<ClassicLinkOptions> = {}) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const reader = createFrameReader(limit)
    socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) onFrame(frame, socket)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const link = openClassicLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, clock, ...options })
  context.after(() => {
    link.close()
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { link, sockets }
}

const answerYes = ({ id }: Frame, socket: Socket): void => void socket.write(encodeValue(id, (encoder) => encoder.text('yes'), {}))

test('a connection that breaks under a call leaves its fate unknown; the next one is made by itself', async (context) => {
  let breaks = true
  const { link } = await linkTo(context, (frame, socket) => {
    if (breaks) socket.destroy()
    else answerYes(frame, socket)
  })
  assert.deepEqual(await call(link), { kind: 'unknown', because: 'connection' })
  assert.deepEqual(await call(link), { kind: 'not_processed', because: 'unreachable' })
  breaks = false
  await until(() => link.state === 'ready')
  assert.equal((await call(link)).kind, 'answered')
})

test('after the read-only notice nothing is sent any more, but what is under way is answered', async (context) => {
  const { link } = await linkTo(context, (frame, socket) => {
    socket.write(readOnlyNotice(1n))
    void clock.sleep(100).then(() => answerYes(frame, socket))
  })
  const underWay = call(link)
  await until(() => link.state === 'leaving')
  assert.deepEqual(await call(link), { kind: 'not_processed', because: 'leaving' })
  assert.equal((await underWay).kind, 'answered')
})

test('a provider that stays though it said that it goes is asked again', async (context) => {
  let notices = 0
  const onFrame = (frame: Frame, socket: Socket): void => {
    answerYes(frame, socket)
    if (notices++ === 0) socket.write(readOnlyNotice(1n))
  }
  const { link } = await linkTo(context, onFrame, { leavingForMs: 100 })
  await call(link)
  await until(() => link.state === 'leaving')
  await until(() => link.state === 'ready')
  assert.equal((await call(link)).kind, 'answered')
})

test('a port that takes connections and ends them is tried ever more rarely', async (context) => {
  const triedAt: number[] = []
  const server = createServer((socket) => {
    triedAt.push(clock.now())
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const link = openClassicLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, clock })
  context.after(() => {
    link.close()
    server.close()
  })
  await until(() => triedAt.length === 4)
  const [first = 0, , , fourth = 0] = triedAt
  // After 200, 600 and 1,400 ms.
  assert.ok(fourth - first > 1_300, `four times within ${fourth - first} ms`)
})

/** What a provider answers instead of a value, and what the caller learns. */
const failures = [
  [statuses.overloaded, { kind: 'not_processed', because: 'overloaded' }],
  [statuses.serverTimeout, { kind: 'unknown', because: 'deadline' }],
  [statuses.serviceNotFound, { kind: 'failed', error: { name: 'service_not_found', message: 'why' }, attachments: {} }],
  [99, { kind: 'failed', error: { name: 'status 99', message: 'why' }, attachments: {} }],
] as const
for (const [status, reply] of failures)
  test(`status ${status} → ${reply.kind}`, async (context) => {
    const { link } = await linkTo(context, ({ id }, socket) => void socket.write(encodeFailure(id, status, 'why')))
    assert.deepEqual(await call(link), reply)
  })

test('an idle connection is kept by heartbeats, a silent one is given up', async (context) => {
  let answers = true
  let heard = 0
  const onFrame = ({ id, isEvent }: Frame, socket: Socket): void => {
    if (isEvent) heard++
    if (answers) socket.write(heartbeatAnswer(id))
  }
  const { link } = await linkTo(context, onFrame, { heartbeatMs: 50 })
  await until(() => heard > 8)
  assert.equal(link.state, 'ready')
  answers = false
  await until(() => link.state === 'down')
})

test('after the clock was put back, heartbeats go on, and a silent provider is given up as soon', async (context) => {
  let [answers, heard, backMs] = [true, 0, 0]
  const onFrame = ({ id, isEvent }: Frame, socket: Socket): void => {
    if (isEvent) heard++
    if (answers) socket.write(heartbeatAnswer(id))
  }
  const { link } = await linkTo(context, onFrame, { heartbeatMs: 50, clock: { ...clock, now: () => clock.now() - backMs } })
  await until(() => heard > 1)
  backMs = 3_600_000
  answers = false
  const heardBefore = heard
  await until(() => link.state === 'down')
  assert.ok(heard > heardBefore)
})

test('a heartbeat of the provider is answered', async (context) => {
  const answered: bigint[] = []
  const { link, sockets } = await linkTo(context, ({ id, isRequest, isEvent }) => void (isEvent && !isRequest && answered.push(id)))
  await until(() => link.state === 'ready' && sockets.size === 1)
  for (const socket of sockets) socket.write(heartbeat(77n))
  await until(() => answered.includes(77n))
})

const greeter = plainInterface({ name: 'a.B', methods: { c: { parameters: [], result: 'String' } } })

async function startServer(context: TestContext, options: Partial<ClassicServerOptions> = {}) {
  const services = [plainService(greeter, { c: () => 'yes' }, { group: '', version: '' })]
  const server = await startClassicServer({
    services,
    clock,
    traffic: createTraffic(10, () => {}),
    port: 0,
    listenOn: '127.0.0.1',
    maxBodyBytes: limit,
    ...options,
  })
  const link = openClassicLink({ host: '127.0.0.1', port: server.port, clock })
  context.after(() => {
    link.close()
    return server.close(0)
  })
  return { server, link }
}

/** Sends bytes on a connection of their own; tells what came back and that it was closed, if it was within the time. */
async function send(port: number, bytes: Uint8Array, waitMs: number): Promise<{ readonly isClosed: boolean; readonly received: Buffer }> {
  const socket = connect(port, '127.0.0.1')
  const received: Buffer[] = []
  let isClosed = false
  socket.on('data', (chunk) => received.push(chunk))
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  socket.write(bytes)
  for (const end = clock.now() + waitMs; !isClosed && clock.now() < end; await clock.sleep(5));
  socket.destroy()
  return { isClosed, received: Buffer.concat(received) }
}

test('a server meets any bytes, and goes on serving others', async (context) => {
  const { server, link } = await startServer(context)
  const frame = encodeCall(1n, request, () => {}, {})
  const changed = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }).map((changes) => {
    const bytes = Buffer.from(frame)
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte
    return bytes
  })
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), async (bytes) => {
      await send(server.port, bytes, 20)
      assert.equal((await call(link)).kind, 'answered')
    }),
    { numRuns: 60 },
  )
})

test('another protocol, or a frame beyond the limit, ends that connection', async (context) => {
  const { server } = await startServer(context)
  assert.ok((await send(server.port, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 5_000)).isClosed)
  assert.ok((await send(server.port, Buffer.from('dabbc20000000000000000017fffffff', 'hex'), 5_000)).isClosed)
})

test('another serialization is refused by name', async (context) => {
  const { server } = await startServer(context)
  const bytes = Buffer.from(encodeCall(5n, request, () => {}, {}))
  bytes[2] = 0xc0 | 23
  const { received } = await send(server.port, bytes, 300)
  const [answer] = createFrameReader(limit).push(received)
  assert.ok(answer !== undefined)
  assert.deepEqual([answer.id, answer.status, decodeFailure(answer.body)], [5n, statuses.badRequest, 'serialization 23 is not spoken here, only hessian2 (2)'])
})

/** A call of `$echo` whose one argument is given as bytes. */
function echoOf(argument: Buffer): Buffer {
  const encoder = createEncoder(headBytes)
  for (const text of ['2.0.2', 'a.B', '0.0.0', '$echo', 'Ljava/lang/Object;']) encoder.text(text)
  const emptyMap = Buffer.from('485a', 'hex')
  return completeFrame(Buffer.concat([encoder.finish(), argument, emptyMap]), { isRequest: true, isTwoWay: true, isEvent: false, status: 0, id: 9n })
}

test('what can be read and not be written again is refused, and others are served on', async (context) => {
  const { server, link } = await startServer(context)
  // { b: sixty lists within each other, 1: sixty more around a reference to those }: the 1 is written first, and holds 120 then.
  const sixtyLists = Buffer.alloc(60, 0x79).toString('hex')
  const { received } = await send(server.port, echoOf(Buffer.from(`480162${sixtyLists}4e0131${sixtyLists}51915a`, 'hex')), 300)
  assert.equal(createFrameReader(limit).push(received).length, 1)
  assert.equal((await call(link)).kind, 'answered')
})

test('an answer longer than a consumer takes is refused with its reason, whatever made it', async (context) => {
  const c = () => {
    throw new ServiceError('x'.repeat(limit))
  }
  const { link } = await startServer(context, { services: [plainService(greeter, { c }, { group: '', version: '' })] })
  const reply = await call(link)
  assert.ok(reply.kind === 'failed' && reply.error.name === 'bad_response', JSON.stringify(reply).slice(0, 200))
})

test('a consumer that falls silent is let go', async (context) => {
  const { server } = await startServer(context, { silentAfterMs: 100 })
  assert.ok((await send(server.port, heartbeat(1n), 5_000)).isClosed)
})

test('… after the clock was put back, too', async (context) => {
  let backMs = 0
  const { server } = await startServer(context, { silentAfterMs: 200, clock: { ...clock, now: () => clock.now() - backMs } })
  const sent = send(server.port, heartbeat(1n), 5_000)
  await clock.sleep(100)
  backMs = 3_600_000
  assert.ok((await sent).isClosed)
})
