import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { systemClock } from '../time/index.ts'
import { decodeFrames, encodeFrames, type Frame } from './frames.ts'
import { inProcessRpc, threadRpc, withFaults, type Codec, type Rpc } from './index.ts'

/** A text, as bytes: a codec without generated code. */
const text: Codec<string> = {
  encode: (message) => ({ finish: () => new TextEncoder().encode(message) }),
  decode: (bytes) => {
    const decoded = new TextDecoder().decode(bytes)
    if (decoded === 'cannot be read') throw new Error(decoded)
    return decoded
  },
}

const echo = { fullName: 'test.Echo', methods: { say: { name: 'Say', requestType: text, responseType: text } } } as const

const clock = systemClock()
const maxCalls = 3
const soon = () => ({ deadlineAt: clock.now() + 5_000 })
const never = new Promise<never>(() => {})
const ports: MessagePort[] = []
after(() => ports.forEach((port) => port.close()))

/** Two ends that may be one: what the first provides, the second calls. */
const engines: readonly { readonly engine: string; readonly open: () => { server: Rpc; client: Rpc } }[] = [
  {
    engine: 'in one thread',
    open: () => {
      const rpc = inProcessRpc({ clock, maxCalls, onError: () => {} })
      return { server: rpc, client: rpc }
    },
  },
  {
    engine: 'between threads',
    open: () => {
      const { port1, port2 } = new MessageChannel()
      ports.push(port1, port2)
      const end = (port: MessagePort) => threadRpc(port, { clock, maxCalls, onError: () => {} })
      return { server: end(port1), client: end(port2) }
    },
  },
]

for (const { engine, open } of engines) {
  describe(`calls ${engine}`, () => {
    test('are answered, many at once, each with its own answer, deadline and trace', async () => {
      const { server, client } = open()
      const seen: (string | undefined)[] = []
      server.provide(echo, {
        say: async (said, { traceparent }) => {
          seen.push(traceparent)
          return `${said}!`
        },
      })
      const { say } = client.client(echo)
      const replies = await Promise.all(['a', 'ü', ''].map((said) => say(said, { ...soon(), traceparent: said === 'a' ? '00-aa-bb-01' : '' })))
      assert.deepEqual(replies, ['a!', 'ü!', '!'].map((response) => ({ kind: 'answered', response })))
      assert.deepEqual(seen, ['00-aa-bb-01', undefined, undefined])
    })

    const fates: readonly { what: string; say: string; waitMs?: number; because: object }[] = [
      { what: 'that take longer than their deadline are of unknown fate', say: 'wait', waitMs: 60, because: { kind: 'unknown', because: 'deadline' } },
      { what: 'whose handler throws are of unknown fate', say: 'fail', because: { kind: 'unknown', because: 'failed' } },
      { what: 'that cannot be read are of unknown fate', say: 'cannot be read', because: { kind: 'unknown', because: 'failed' } },
    ]
    for (const { what, say: said, waitMs = 5_000, because } of fates) {
      test(what, async () => {
        const { server, client } = open()
        server.provide(echo, { say: (request) => (request === 'fail' ? Promise.reject(new Error('no')) : never) })
        assert.deepEqual(await client.client(echo).say(said, { deadlineAt: clock.now() + waitMs }), because)
      })
    }

    test('to nobody, and to another instance, have not begun', async () => {
      const { server, client } = open()
      server.provide(echo, { say: async (said) => said }, 'one')
      const notBegun = { kind: 'not_processed', because: 'unreachable' }
      assert.deepEqual(await client.client(echo).say('a', soon()), notBegun)
      assert.deepEqual(await client.client(echo, 'other').say('a', soon()), notBegun)
      assert.equal((await client.client(echo, 'one').say('a', soon())).kind, 'answered')
    })

    test('past the bound have not begun, and are taken on again when there is room', async () => {
      const { server, client } = open()
      const waiting: (() => void)[] = []
      server.provide(echo, { say: (said) => new Promise((resolve) => waiting.push(() => resolve(said))) })
      const { say } = client.client(echo)
      const underWay = Array.from({ length: maxCalls }, () => say('a', soon()))
      assert.deepEqual(await say('b', soon()), { kind: 'not_processed', because: 'overloaded' })
      waiting.forEach((answer) => answer())
      await Promise.all(underWay)
      const late = say('c', soon())
      while (waiting.length === maxCalls) await new Promise((resolve) => setImmediate(resolve))
      waiting.at(-1)?.()
      assert.deepEqual(await late, { kind: 'answered', response: 'c' })
    })
  })
}

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
