import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBatcher } from './batcher.ts'
import { manualClock } from './time/index.ts'

/** A batcher that collects for 10 ms, and the batches that it flushed. */
function collecting(flush: (items: readonly number[]) => Promise<void> = () => Promise.resolve(), maxItems = 3) {
  const clock = manualClock()
  const flushed: (readonly number[])[] = []
  const batcher = createBatcher<number, number>({
    name: 'test',
    clock,
    maxItems,
    maxQueued: 100,
    collectMs: 10,
    flush: async (items) => {
      flushed.push(items)
      await flush(items)
      return items
    },
  })
  const add = (...items: readonly number[]): void => {
    for (const item of items) void batcher.add(item)
  }
  return { clock, flushed, add }
}

test('the first items, and those long after the last flush, wait for nothing', async () => {
  const { clock, flushed, add } = collecting()
  add(1, 2)
  await clock.advance(0)
  await clock.advance(10)
  add(3)
  await clock.advance(0)
  assert.deepEqual(flushed, [[1, 2], [3]])
})

test('after a flush the next one collects', async () => {
  const { clock, flushed, add } = collecting()
  add(1)
  await clock.advance(4)
  add(2)
  await clock.advance(4)
  add(3)
  assert.deepEqual(flushed, [[1]])
  await clock.advance(2)
  assert.deepEqual(flushed, [[1], [2, 3]])
})

test('what came while a flush was under way collects after it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { clock, flushed, add } = collecting(() => promise)
  add(1)
  await clock.advance(0)
  add(2)
  await clock.advance(50)
  resolve()
  await clock.advance(9)
  assert.deepEqual(flushed, [[1]])
  await clock.advance(1)
  assert.deepEqual(flushed, [[1], [2]])
})

test('a full batch leaves nobody waiting behind it', async () => {
  const { clock, flushed, add } = collecting()
  add(1, 2, 3, 4)
  await clock.advance(0)
  assert.deepEqual(flushed, [[1, 2, 3], [4]])
})

test('batches of one collect nothing', async () => {
  const { clock, flushed, add } = collecting(undefined, 1)
  add(1)
  await clock.advance(4)
  add(2)
  await clock.advance(0)
  assert.deepEqual(flushed, [[1], [2]])
})
