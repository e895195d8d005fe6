import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { systemClock } from '../time/index.ts'
import { decodeFrames, encodeFrames, type Frame } from './frames.ts'
import { inProcessRpc, threadRpc, withFaults, type Rpc } from './index.ts'
import { echo, maxCalls, rpcConformance } from './testing/index.ts'

const clock = systemClock()
const soon = () => ({ deadlineAt: clock.now() + 5_000 })
const never = new Promise<never>(() => {})
const ports: MessagePort[] = []
after(() => ports.forEach((port) => port.close()))
const start = async () => {}

describe('calls in one thread', () =>
  rpcConformance(async () => {
    const rpc = inProcessRpc({ clock, maxCalls, onError: () => {} })
    return { server: rpc, client: rpc, start }
  }))

describe('calls between threads', () =>
  rpcConformance(async () => {
    const { port1, port2 } = new MessageChannel()
    ports.push(port1, port2)
    const end = (port: MessagePort) => threadRpc(port, { clock, maxCalls, onError: () => {} })
    return { server: end(port1), client: end(port2), start }
  }))

test('a thread that is gone: calls under way are of unknown fate, later ones have not begun', async () => {
  const { port1, port2 } = new MessageChannel()
  const [server, client] = [port1, port2].map((port) => threadRpc(port, { clock, maxCalls, onError: () => {} })) as [Rpc, Rpc]
  server.provide(echo, { say: () => never })
  const { say } = client.client(echo)
  const underWay = say('a', soon())
  await new Promise((resolve) => setImmediate(resolve))
  port1.close()
  assert.deepEqual(await underWay, { kind: 'unknown', because: 'connection' })
  assert.deepEqual(await say('b', soon()), { kind: 'not_processed', because: 'unreachable' })
})

test('no answer leaves before what it tells is on disk, nor after that has failed', async () => {
  const disk = Promise.withResolvers<void>()
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const server = threadRpc(port1, { clock, maxCalls, onError: () => {}, beforeAnswer: () => disk.promise })
  const done: string[] = []
  server.provide(echo, { say: async (said) => (done.push(said), said) })
  const { say } = threadRpc(port2, { clock, maxCalls, onError: () => {} }).client(echo)
  const told: string[] = []
  const saying = say('a', soon()).then(({ kind }) => told.push(kind))
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual([done, told], [['a'], []])
  disk.resolve()
  await saying
  assert.deepEqual(told, ['answered'])
  const failing = inProcessRpc({ clock, maxCalls, onError: () => {}, beforeAnswer: () => Promise.reject(new Error('EIO')) })
  failing.provide(echo, { say: async (said) => said })
  assert.deepEqual(await failing.client(echo).say('b', soon()), { kind: 'unknown', because: 'failed' })
})

test('a lost request does nothing, a lost reply has done it, and the caller cannot tell', async () => {
  const rpc = inProcessRpc({ clock, maxCalls, onError: () => {} })
  let done = 0
  rpc.provide(echo, { say: async (said) => (done++, said) })
  const replies: unknown[] = []
  for (const fate of ['pass', 'lose_request', 'lose_reply'] as const) {
    const faulty = withFaults(rpc, { clock, giveUpAfterMs: 5, fateOf: () => fate })
    replies.push([(await faulty.client(echo).say('a', soon())).kind, done])
  }
  assert.deepEqual(replies, [
    ['answered', 1],
    ['unknown', 1],
    ['unknown', 2],
  ])
})

/** With bodies as lists: those that arrive are views of a buffer. */
function legible(frame: Frame): unknown {
  if (frame.kind === 'call') return { ...frame, call: { ...frame.call, body: [...frame.call.body] } }
  return frame.reply.kind === 'answered' ? { ...frame, reply: [...frame.reply.body] } : frame
}

test('frames come back as they went, however many there are', () => {
  const body = Uint8Array.from([0, 255, 1])
  const frames: readonly Frame[] = [
    { kind: 'call', id: 2 ** 32 - 1, call: { method: 'a.B/C@d', deadlineAt: 1_700_000_000_000.5, traceparent: '00-aa-bb-01', body } },
    { kind: 'call', id: 0, call: { method: '', deadlineAt: 0, traceparent: '', body: new Uint8Array(0) } },
    { kind: 'reply', id: 1, reply: { kind: 'answered', body } },
    ...(['deadline', 'connection', 'failed'] as const).map((because, id): Frame => ({ kind: 'reply', id, reply: { kind: 'unknown', because } })),
    ...(['unreachable', 'overloaded', 'deadline'] as const).map((because, id): Frame => ({ kind: 'reply', id, reply: { kind: 'not_processed', because } })),
  ]
  assert.deepEqual(decodeFrames(encodeFrames(frames)).map(legible), frames.map(legible))
  assert.deepEqual(decodeFrames(new Uint8Array(0)), [])
})
