import assert from 'node:assert/strict'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Target } from './connection.ts'
import { startLoad } from './drive.ts'

const requestOf = (index: number) => `GET /${index} HTTP/1.1\r\nHost: test\r\n\r\n`

async function listening(server: Server | ReturnType<typeof createServer>): Promise<Target> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** A server that answers every connection's bytes as told. */
async function answering(answer: (socket: Socket, nth: number) => void): Promise<{ target: Target; close: () => void }> {
  let received = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => answer(socket, received++))
  })
  const target = await listening(server)
  return { target, close: () => server.close() }
}

const response = (status: number, body: string) => `HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n\r\n${body}`

test('closed loop: every request is sent once and answered once, over as many connections as asked', async () => {
  const paths = new Set<string>()
  const sockets = new Set<Socket>()
  const server = createHttpServer((request, reply) => {
    paths.add(request.url ?? '')
    sockets.add(request.socket)
    reply.writeHead(201, { 'content-length': 2 }).end('{}')
  })
  const target = await listening(server)
  const { sent, served, outcomes, latency } = await startLoad({ target, connections: 4, requestCount: 200, requestOf }).finished
  server.close()
  assert.deepEqual([sent, served, latency.count, paths.size, sockets.size, outcomes.get('201')], [200, 200, 200, 200, 4, 200])
})

test('outcomes are counted by status and code; a refusal is service, an overload is an error', async () => {
  const bodies = [response(201, '{}'), response(409, '{"code":"out_of_stock"}'), response(503, '{"code":"overloaded"}'), response(500, 'oh')]
  const { target, close } = await answering((socket, nth) => socket.write(bodies[nth % 4] ?? ''))
  const { outcomes, served, errors } = await startLoad({ target, connections: 1, requestCount: 8, requestOf }).finished
  close()
  assert.deepEqual(Object.fromEntries(outcomes), { '201': 2, '409 out_of_stock': 2, '503 overloaded': 2, '500': 2 })
  assert.deepEqual([served, errors], [4, 4])
})

const failures: readonly (readonly [name: string, answer: (socket: Socket) => void, kind: string])[] = [
  ['the connection is cut', (socket) => socket.destroy(), 'failed: lost'],
  ['half an answer comes', (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-le'), 'failed: lost'],
  ['nonsense comes', (socket) => socket.write('hello\r\n\r\n'), 'failed: bad_response'],
  ['two answers come for one request', (socket) => socket.write(response(201, '').repeat(2)), '201'],
  ['no answer comes', () => undefined, 'failed: timeout'],
]

for (const [name, answer, kind] of failures) {
  test(`failures are counted and the load goes on: ${name}`, async () => {
    const { target, close } = await answering(answer)
    const { outcomes } = await startLoad({ target, connections: 2, requestCount: 3, timeoutMs: 100, requestOf }).finished
    close()
    assert.deepEqual(Object.fromEntries(outcomes), { [kind]: 3 })
  })
}

test('a server that is not there is unreachable', async () => {
  const { target, close } = await answering(() => undefined)
  close()
  const { outcomes } = await startLoad({ target, connections: 1, requestCount: 2, requestOf }).finished
  assert.deepEqual(Object.fromEntries(outcomes), { 'failed: unreachable': 2 })
})

test('all connections are made before the first request', async () => {
  let made = 0
  const server = createServer((socket) => {
    made++
    socket.once('data', () => socket.write(response(201, '')))
    socket.on('error', () => undefined)
  })
  const target = await listening(server)
  const { sent } = await startLoad({ target, connections: 8, requestCount: 1, requestOf }).finished
  server.close()
  assert.deepEqual({ sent, made }, { sent: 1, made: 8 })
})

test('open loop: arrivals keep to the rate, and latency counts from when a request should have begun', async () => {
  // The first answer takes 300 ms; the one connection is busy meanwhile, so later arrivals wait their turn.
  const { target, close } = await answering((socket, nth) => void setTimeout(() => socket.write(response(201, '')), nth === 0 ? 300 : 0))
  const { sent, durationMs, latency } = await startLoad({ target, connections: 1, ratePerSecond: 100, requestCount: 50, requestOf }).finished
  close()
  assert.equal(sent, 50)
  assert.ok(durationMs >= 485, `50 arrivals at 100/s take half a second, not ${durationMs} ms`)
  assert.ok(latency.percentileMs(0.5) > 20, `half of them were held up, yet p50 is ${latency.percentileMs(0.5)} ms`)
})

test('open loop: what could never be sent is told', async () => {
  const { target, close } = await answering(() => undefined)
  const run = startLoad({ target, connections: 2, ratePerSecond: 100, durationMs: 300, timeoutMs: 500, requestOf })
  const { sent, unsent } = await run.finished
  close()
  assert.equal(sent, 2)
  assert.ok(unsent >= 25 && unsent <= 32, `${unsent} of about 29`)
})

test('stop ends a run without limits, and progress answers what came since the last time', async () => {
  const { target, close } = await answering((socket) => socket.write(response(201, '')))
  const run = startLoad({ target, connections: 2, requestOf })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const [first, second] = [run.progress(), run.progress()]
  run.stop()
  const { latency, sent } = await run.finished
  close()
  assert.ok(first.latency.count > 0 && second.latency.count === 0)
  assert.equal(latency.count, sent)
})
