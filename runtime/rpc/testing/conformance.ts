import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../time/index.ts'
import type { Rpc } from '../port.ts'
import { echo, maxCalls } from './echo.ts'

/** Two ends that may be one, which take `maxCalls` calls at once; whoever opened them closes them at the end. */
export interface OpenedRpc {
  /** Provides. */
  readonly server: Rpc
  /** Calls; neither it nor any other end that is still open provides the echo of these tests. */
  readonly client: Rpc
  /** Resolves when what was provided can be called by the clients made before. */
  start(): Promise<void>
}

const clock = systemClock()
const soon = () => ({ deadlineAt: clock.now() + 5_000 })

/** What every engine of the port promises. */
export function rpcConformance(open: () => Promise<OpenedRpc>): void {
  test('calls are answered, many at once, each with its own answer, deadline and trace', async () => {
    const { server, client, start } = await open()
    const { say } = client.client(echo)
    const seen: (readonly [said: string, deadlineAt: number, traceparent: string | undefined])[] = []
    server.provide(echo, {
      say: async (said, { deadlineAt, traceparent }) => {
        seen.push([said, deadlineAt, traceparent])
        return `${said}!`
      },
    })
    await start()
    const deadlineAt = clock.now() + 60_000
    const replies = await Promise.all(['a', 'ü', ''].map((said) => say(said, { deadlineAt, traceparent: said === 'a' ? '00-aa-bb-01' : '' })))
    assert.deepEqual(replies, ['a!', 'ü!', '!'].map(answered))
    const traces = seen.map(([said, , traceparent]) => `${said} ${traceparent ?? 'without'}`)
    assert.deepEqual(traces.toSorted(), [' without', 'a 00-aa-bb-01', 'ü without'])
    // An engine may tell the time that is left; the way there then adds to it.
    for (const [, deadline] of seen) assert.ok(deadline >= deadlineAt - 1_000 && deadline <= deadlineAt + 20_000, `${deadline - deadlineAt} ms off`)
  })

  const fates: readonly { what: string; say: string; waitMs?: number; because: 'deadline' | 'failed' }[] = [
    { what: 'takes longer than its deadline', say: 'wait', waitMs: 300, because: 'deadline' },
    { what: 'has a handler that throws', say: 'fail', because: 'failed' },
    { what: 'cannot be read', say: 'cannot be read', because: 'failed' },
  ]
  for (const { what, say: said, waitMs = 5_000, because } of fates)
    test(`a call that ${what} is of unknown fate`, async () => {
      const { server, client, start } = await open()
      const { say } = client.client(echo)
      const over = Promise.withResolvers<string>()
      server.provide(echo, { say: (request) => (request === 'fail' ? Promise.reject(new Error('no')) : over.promise) })
      await start()
      assert.deepEqual(await say(said, { deadlineAt: clock.now() + waitMs }), { kind: 'unknown', because })
      over.resolve('too late')
    })

  test('calls to nobody, and to another instance, have not begun', async () => {
    const { server, client, start } = await open()
    const [nobody, other, one] = [client.client(echo), client.client(echo, 'other'), client.client(echo, 'one')]
    server.provide(echo, { say: async (said) => said }, 'one')
    await start()
    const notBegun = { kind: 'not_processed', because: 'unreachable' }
    assert.deepEqual(await nobody.say('a', soon()), notBegun)
    assert.deepEqual(await other.say('a', soon()), notBegun)
    assert.deepEqual(await one.say('a', soon()), answered('a'))
  })

  test('calls past the bound have not begun, and are taken on again when there is room', async () => {
    const { server, client, start } = await open()
    const { say } = client.client(echo)
    const waiting: (() => void)[] = []
    server.provide(echo, { say: (said) => new Promise((resolve) => waiting.push(() => resolve(said))) })
    await start()
    const underWay = Array.from({ length: maxCalls }, () => say('a', soon()))
    await until(() => waiting.length === maxCalls)
    assert.deepEqual(await say('b', soon()), { kind: 'not_processed', because: 'overloaded' })
    waiting.forEach((answer) => answer())
    await Promise.all(underWay)
    const late = say('c', soon())
    await until(() => waiting.length > maxCalls)
    waiting.at(-1)?.()
    assert.deepEqual(await late, answered('c'))
  })

  test('five megabytes go there and come back', async () => {
    const { server, client, start } = await open()
    const { say } = client.client(echo)
    server.provide(echo, { say: async (said) => said })
    await start()
    const large = 'x'.repeat(5_000_000)
    const reply = await say(large, { deadlineAt: clock.now() + 20_000 })
    assert.ok(reply.kind === 'answered' && reply.response === large, reply.kind)
  })
}

const answered = (response: string) => ({ kind: 'answered', response })

async function until(holds: () => boolean): Promise<void> {
  for (const overAt = clock.now() + 5_000; !holds(); await clock.sleep(1)) assert.ok(clock.now() < overAt)
}
