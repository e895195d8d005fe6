import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from '@suanpan/runtime/bus'
import { settledRow } from './fates.ts'
import type { DeliveryRow } from './tables.ts'

const now = 1_000
const retryDelaysMs = [10, 20]
const done: Verdict = { kind: 'done' }
const retry: Verdict = { kind: 'retry', because: 'not\u0000 yet' }
const poison: Verdict = { kind: 'poison', because: 'unreadable' }

type Row = readonly [state: DeliveryRow['state'], attempts: number, nextAttemptAt: number, because: string, bodyBytes: number]

const cases: readonly (readonly [what: string, attempts: number, verdict: Verdict | undefined, row: Row])[] = [
  ['handled: only that it was is kept', 0, done, ['handled', 1, 0, '', 0]],
  ['failed: comes again after the first delay', 0, retry, ['retrying', 1, 1_010, 'not yet', 3]],
  ['failed again: after the second', 1, retry, ['retrying', 2, 1_020, 'not yet', 3]],
  ['failed as often as it may', 2, retry, ['dead', 3, 0, 'not yet', 3]],
  ['poison', 0, poison, ['dead', 1, 0, 'unreadable', 3]],
  ['its time has not come', 0, undefined, ['retrying', 0, 5_000, 'delayed', 3]],
]

for (const [what, attempts, verdict, row] of cases) {
  test(`a message that was ${what}`, () => {
    const message = { id: 'o:paid', topic: 'order.paid', key: 'o', at: 7, traceparent: '', notBeforeAt: 5_000, body: new Uint8Array(3) }
    const { state, nextAttemptAt, because, body, ...rest } = settledRow('points', { message, attempts }, verdict, now, retryDelaysMs)
    assert.deepEqual([state, rest.attempts, nextAttemptAt, because, body.length], row)
    assert.deepEqual([rest.deliveryId, rest.queueId, rest.key, rest.at], ['points~order.paid~o:paid', 'points~order.paid', 'o', 7])
  })
}
