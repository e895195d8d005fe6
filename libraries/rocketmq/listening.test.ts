import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listening, type ListenOptions } from './listening.ts'

const options: ListenOptions = { topic: 'orders', group: 'stock', handle: async () => 'done' }

test('what is left out is as the classic client has it', () => {
  const { collectMs, concurrency, retryDelaysMs, ordered, handleWithinMs, filter } = listening(options)
  assert.deepEqual([collectMs, concurrency, ordered, handleWithinMs, filter.expression], [0, 20, false, 900_000, '*'])
  assert.deepEqual([retryDelaysMs.length, retryDelaysMs[0], retryDelaysMs[2], retryDelaysMs.at(-1)], [16, 10_000, 60_000, 7_200_000])
})

test('filters are put as the broker reads them, and what cannot be is refused', () => {
  const cases: readonly (readonly [Partial<ListenOptions>, string | undefined])[] = [
    [{ filter: { tags: ['a', 'b'] } }, 'a||b'],
    [{ filter: { sql: "colour = 'red'" } }, "colour = 'red'"],
    [{ filter: { tags: [] } }, undefined],
    [{ filter: { tags: ['a b'] } }, undefined],
    [{ filter: { tags: ['*'] } }, undefined],
    [{ concurrency: 0 }, undefined],
    [{ collectMs: -1 }, undefined],
    [{ collectMs: 60_000 }, undefined],
    [{ retryDelaysMs: [1.5] }, undefined],
    [{ handleWithinMs: 0 }, undefined],
    [{ handleWithinMs: 2 ** 31 }, undefined],
    [{ group: 'order.pay' }, undefined],
  ]
  for (const [more, expression] of cases) {
    if (expression === undefined) assert.throws(() => listening({ ...options, ...more }), TypeError)
    else assert.equal(listening({ ...options, ...more }).filter.expression, expression)
  }
})
