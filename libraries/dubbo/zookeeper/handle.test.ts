import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { createServer, Socket, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openHandle } from './handle.ts'
import { ZooKeeperError } from './port.ts'

/** A server as far as its handshake: protocol, granted timeout, session, password. */
function handshake(sessionId: string): Buffer {
  const bytes = Buffer.alloc(4 + 4 + 4 + 8 + 4 + 16)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt32BE(6_000, 8)
  bytes.write(sessionId, 12, 'hex')
  bytes.writeInt32BE(16, 20)
  return bytes
}

const sessionId = '00000000000000ab'

/** Serves one connection after the other as told. */
async function startServer(context: TestContext, connections: readonly ((socket: Socket) => void)[]): Promise<string> {
  let count = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    context.after(() => socket.destroy())
    connections[Math.min(count++, connections.length - 1)]?.(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answerAtOnce = (socket: Socket): void => void socket.once('data', () => socket.write(handshake(sessionId)))
/** The beginning of a message whose end never comes. */
const breakWithinMessage = (socket: Socket): void => void socket.once('data', () => socket.end(Buffer.from('000000ff00', 'hex')))

test('a connection that broke within a message does not spoil the next one', async (context) => {
  const address = await startServer(context, [breakWithinMessage, answerAtOnce])
  const connected = Promise.withResolvers<void>()
  const handle = openHandle({ servers: [address], sessionTimeoutMs: 6_000 }, { connected: connected.resolve, disconnected: () => {}, ended: () => {} })
  context.after(() => handle.close())
  await connected.promise
  assert.equal(handle.sessionId(), sessionId)
})

test('when a session ends, whatever was asked in it is told so: what waits at the server and what was never sent', async (context) => {
  const expired = Buffer.from(handshake('0000000000000000'))
  expired.writeInt32BE(0, 8)
  const address = await startServer(context, [answerAtOnce, (socket) => void socket.once('data', () => socket.write(expired))])
  const outcomes: string[] = []
  const ended = Promise.withResolvers<void>()
  const ask = (): void =>
    void handle.exists('/').catch((error: unknown) => {
      outcomes.push(error instanceof ZooKeeperError ? error.because : String(error))
    })
  const handle = openHandle(
    { servers: [address], sessionTimeoutMs: 6_000 },
    {
      connected: () => {
        ask()
        handle.kick()
      },
      disconnected: ask,
      ended: ended.resolve,
    },
  )
  context.after(() => handle.kick())
  await ended.promise
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(outcomes, ['connection', 'session'])
  await assert.rejects(handle.exists('/'), /has ended/)
})

test('a server that swallows packets, once left, does not spoil the connection to the next one', async (context) => {
  const address = await startServer(context, [answerAtOnce])
  const began = Promise.withResolvers<Socket>()
  // A socket that nobody answers, as the client makes it at first.
  const connecting = context.mock.method(net, 'connect', (): Socket => {
    connecting.mock.restore()
    const socket = new Socket()
    began.resolve(socket)
    return socket
  })
  const connected = Promise.withResolvers<void>()
  let losses = 0
  const connectWithinMs = 300
  const listener = { connected: connected.resolve, disconnected: () => void losses++, ended: () => {} }
  const handle = openHandle({ servers: [address], sessionTimeoutMs: connectWithinMs }, listener)
  context.after(() => handle.close())
  await began.promise
  handle.kick()
  await connected.promise
  losses = 0
  await sleep(2 * connectWithinMs)
  assert.equal(losses, 0)
})

test('what can be no path is refused, whether it is connected or not', async (context) => {
  const address = await startServer(context, [answerAtOnce])
  const connected = Promise.withResolvers<void>()
  const handle = openHandle({ servers: [address], sessionTimeoutMs: 6_000 }, { connected: connected.resolve, disconnected: () => {}, ended: () => {} })
  context.after(() => handle.close())
  const refusesAll = async (): Promise<void> => {
    for (const path of ['/x/', '/..', 'x', ''])
      await assert.rejects(
        handle.read(path),
        (error) => error instanceof ZooKeeperError && error.because === 'refused' && error.message.startsWith(`${path}: `),
      )
  }
  await refusesAll()
  await connected.promise
  await refusesAll()
})
