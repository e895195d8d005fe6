import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideCheck, type Answer } from './checking.ts'

const barAfterMs = 60_000

const cases: readonly (readonly [what: string, row: 'committed' | 'barred' | undefined, ageMs: number, answer: Answer])[] = [
  ['committed', 'committed', 5_000, 'commit'],
  ['committed long ago', 'committed', 3_600_000, 'commit'],
  ['barred', 'barred', 5_000, 'rollback'],
  ['nothing is known of it, and its transaction may still run', undefined, barAfterMs - 1, 'unknown'],
  ['nothing is known of it for too long', undefined, barAfterMs, 'bar'],
  ['sent by a clock that is ahead', undefined, -3_600_000, 'unknown'],
]

for (const [what, state, ageMs, answer] of cases) {
  test(`a half message is asked about: ${what} → ${answer}`, () => {
    assert.equal(decideCheck(state === undefined ? undefined : { state }, ageMs, barAfterMs), answer)
  })
}
