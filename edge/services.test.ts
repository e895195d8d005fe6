import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OutcomeCode } from '@suanpan/contracts/outcomes'
import type { Reply } from '@suanpan/runtime/rpc'
import { Problem } from './problems.ts'
import { answered } from './services.ts'

describe('services that do not answer: what certainly never began is told apart from what may have happened', () => {
  const cases: readonly { reply: Exclude<Reply<never>, { kind: 'answered' }>; code: OutcomeCode }[] = [
    { reply: { kind: 'not_processed', because: 'unreachable' }, code: 'overloaded' },
    { reply: { kind: 'not_processed', because: 'overloaded' }, code: 'overloaded' },
    { reply: { kind: 'not_processed', because: 'deadline' }, code: 'overloaded' },
    { reply: { kind: 'unknown', because: 'deadline' }, code: 'unavailable' },
    { reply: { kind: 'unknown', because: 'connection' }, code: 'unavailable' },
    { reply: { kind: 'unknown', because: 'failed' }, code: 'unavailable' },
  ]
  for (const { reply, code } of cases) {
    test(`${reply.kind}, because ${reply.because}: ${code}`, () => {
      assert.throws(
        () => answered(reply),
        (error) => error instanceof Problem && error.code === code && error.retryAfterSeconds === 1,
      )
    })
  }
})
