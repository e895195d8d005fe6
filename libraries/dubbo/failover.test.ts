import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { createBalancer } from './balancing/balancers.ts'
import type { Reply } from './call.ts'
import { callWithFailover, type Askable } from './failover.ts'

const answered: Reply<string> = { kind: 'answered', value: 'yes', attachments: {} }
const failed: Reply<string> = { kind: 'failed', error: { name: 'INTERNAL', message: '' }, attachments: {} }
const lost: Reply<string> = { kind: 'unknown', because: 'connection' }
const late: Reply<string> = { kind: 'unknown', because: 'deadline' }
const away: Reply<string> = { kind: 'not_processed', because: 'unreachable' }
const full: Reply<string> = { kind: 'not_processed', because: 'overloaded' }
const nobody: Reply<string> = { kind: 'not_processed', because: 'no_provider' }
const tooLate: Reply<string> = { kind: 'not_processed', because: 'deadline' }

interface Case {
  readonly what: string
  /** What each provider says, in the order in which they are asked. */
  readonly replies: readonly Reply<string>[]
  readonly isIdempotent?: boolean
  readonly providers?: number
  readonly asked: string
  readonly reply: Reply<string>
}

const cases: readonly Case[] = [
  { what: 'answered at once', replies: [answered], asked: 'a', reply: answered },
  { what: 'failed: the provider did answer', replies: [failed, answered], isIdempotent: true, asked: 'a', reply: failed },
  { what: 'unreachable: elsewhere', replies: [away, answered], asked: 'ab', reply: answered },
  { what: 'overloaded: elsewhere', replies: [full, away, answered], asked: 'abc', reply: answered },
  { what: 'unknown: not repeated', replies: [lost, answered], asked: 'a', reply: lost },
  { what: 'unknown, but idempotent: elsewhere', replies: [lost, late, answered], isIdempotent: true, asked: 'abc', reply: answered },
  { what: 'unknown, then not processed: unknown it remains', replies: [lost, away, away], isIdempotent: true, asked: 'abc', reply: lost },
  { what: 'all unreachable', replies: [away, away, away, answered], asked: 'abc', reply: away },
  { what: 'one provider alone: the same again', replies: [away, away, answered], providers: 1, asked: 'aaa', reply: answered },
  { what: 'nobody', replies: [], providers: 0, asked: '', reply: nobody },
]

for (const { what, replies, isIdempotent = false, providers = 4, asked, reply } of cases)
  test(`${what} → ${reply.kind}`, async () => {
    const clock = manualClock()
    let order = ''
    const candidates = ['a', 'b', 'c', 'd'].slice(0, providers).map((address): Askable<string, string> => ({
      address,
      weight: 1,
      active: 0,
      call: () => Promise.resolve(replies[(order += address).length - 1] ?? nobody),
    }))
    const balancer = createBalancer('round_robin', () => 0)
    const attempts = {
      request: 'r',
      attachments: {},
      deadlineAt: clock.now() + 100,
      timeoutMs: 50,
      maxAttempts: 3,
      isIdempotent,
      candidates: () => candidates,
      balancer,
      clock,
    }
    assert.deepEqual(await callWithFailover(attempts), reply)
    assert.equal(order, asked)
  })

test('each attempt gets its time, all together no more than the deadline', async () => {
  const clock = manualClock()
  const start = clock.now()
  const deadlines: number[] = []
  const slow: Askable<string, string> = {
    address: 'a',
    weight: 1,
    active: 0,
    call: async ({ deadlineAt }) => {
      deadlines.push(deadlineAt - start)
      await clock.sleep(deadlineAt - clock.now())
      return late
    },
  }
  const balancer = createBalancer('random', () => 0)
  const attempts = { request: 'r', attachments: {}, timeoutMs: 40, maxAttempts: 9, isIdempotent: true, candidates: () => [slow], balancer, clock }
  const reply = callWithFailover({ ...attempts, deadlineAt: start + 100 })
  await clock.advance(200)
  assert.deepEqual([await reply, deadlines], [late, [40, 80, 100]])
  assert.deepEqual(await callWithFailover({ ...attempts, deadlineAt: start }), tooLate)
})
