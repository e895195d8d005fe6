import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBatcher, Overloaded, type BatcherOptions } from './batcher.ts'
import { manualClock } from './time/index.ts'

type Flush = BatcherOptions<string, string>['flush']

/** A batcher that keeps what it flushed, and flushes as told. */
function batcher(flush: Flush, rest: Partial<BatcherOptions<string, string>> = {}) {
  const flushed: string[] = []
  const { add, depth } = createBatcher<string, string>({
    name: 'test',
    clock: manualClock(),
    maxItems: 4,
    maxQueued: 10,
    flush: (items) => {
      flushed.push(items.join(''))
      return flush(items)
    },
    ...rest,
  })
  /** What became of each item, in words. */
  const addAll = (items: string) => Promise.all(items.split('').map((item) => add(item).catch((error: unknown) => (error as Error).message)))
  return { add, addAll, depth, flushed }
}

const upper: Flush = async (items) => items.map((item) => item.toUpperCase())

describe('a batcher', () => {
  test('flushes what one turn brings at once, in order, no more than it may', async () => {
    const { addAll, flushed } = batcher(upper)
    assert.deepEqual(await addAll('abcdef'), 'ABCDEF'.split(''))
    assert.deepEqual(flushed, ['abcd', 'ef'])
  })

  test('collects the next batch while one is being written', async () => {
    let finish = (): void => {}
    const first = new Promise<void>((resolve) => (finish = resolve))
    const { add, flushed, depth } = batcher(async (items) => (await first, upper(items)))
    const a = add('a')
    while (flushed.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const others = [add('b'), add('c')]
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([flushed, depth()], [['a'], 2])
    finish()
    assert.deepEqual(await Promise.all([a, ...others]), ['A', 'B', 'C'])
    assert.deepEqual(flushed, ['a', 'bc'])
  })

  test('refuses what is past its bound, and keeps what waits', async () => {
    const { add, addAll } = batcher(upper, { maxQueued: 3 })
    const waiting = addAll('abc')
    await assert.rejects(add('d'), Overloaded)
    assert.deepEqual(await waiting, ['A', 'B', 'C'])
    assert.equal(await add('e'), 'E')
  })

  test('tells those whom it refuses what they were promised for it, instead of an error', async () => {
    const { addAll, flushed } = batcher(upper, { maxQueued: 3, refusal: 'full' })
    assert.deepEqual(await addAll('abcde'), ['A', 'B', 'C', 'full', 'full'])
    assert.deepEqual(flushed, ['abc'])
  })

  const together: readonly { what: string; rest: Partial<BatcherOptions<string, string>>; flushed: readonly string[] }[] = [
    { what: 'of one item', rest: { maxItems: 1 }, flushed: ['a', 'b', 'c'] },
    { what: 'whose flushes overlap', rest: { maxItems: 2, overlapping: true }, flushed: ['ab', 'c'] },
  ]
  for (const { what, rest, flushed: expected } of together)
    test(`${what} lets nobody wait for a flush, and keeps its bound`, async () => {
      const finish = new Map<string, () => void>()
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      const flush: Flush = async (items) => (await new Promise<void>((resolve) => finish.set(items.join(''), resolve)), upper(items))
      const { add, flushed, depth } = batcher(flush, { maxQueued: 3, ...rest })
      const [first, , last] = [add('a'), add('b'), add('c')]
      await turn()
      assert.deepEqual([flushed, depth()], [expected, 3])
      await assert.rejects(add('d'), Overloaded)
      finish.get('c')?.()
      assert.equal(await last, 'C')
      await turn()
      assert.equal(depth(), 2)
      for (const each of finish.values()) each()
      assert.equal(await first, 'A')
    })

  const failing: readonly { what: string; flush: Flush; items: string; answers: readonly string[]; flushed: readonly string[] }[] = [
    {
      what: 'one bad item fails alone',
      flush: async (items) => (items.includes('x') ? Promise.reject(new Error('x is bad')) : upper(items)),
      items: 'abxc',
      answers: ['A', 'B', 'x is bad', 'C'],
      flushed: ['abxc', 'ab', 'xc', 'x', 'c'],
    },
    {
      what: 'a batch that fails as a whole fails for each by itself',
      flush: async (items) => Promise.reject(new Error(`no ${items.join('')}`)),
      items: 'ab',
      answers: ['no a', 'no b'],
      flushed: ['ab', 'a', 'b'],
    },
    {
      what: 'too few results are no results',
      flush: async (items) => (items.length > 1 ? [] : upper(items)),
      items: 'ab',
      answers: ['A', 'B'],
      flushed: ['ab', 'a', 'b'],
    },
  ]
  for (const { what, flush, items, answers, flushed: expected } of failing) {
    test(what, async () => {
      const { addAll, flushed } = batcher(flush)
      assert.deepEqual(await addAll(items), answers)
      assert.deepEqual(flushed, expected)
    })
  }

  const ambiguous: readonly { what: string; unknownTimes: number; answers: readonly string[]; flushed: readonly string[] }[] = [
    { what: 'a batch whose fate is not known is tried again as it is', unknownTimes: 2, answers: ['A', 'B'], flushed: ['ab', 'ab', 'ab'] },
    { what: 'and given up after three tries', unknownTimes: 3, answers: ['unknown', 'unknown'], flushed: ['ab', 'ab', 'ab'] },
  ]
  for (const { what, unknownTimes, answers, flushed: expected } of ambiguous) {
    test(what, async () => {
      let left = unknownTimes
      const flush: Flush = async (items) => (left-- > 0 ? Promise.reject(new Error('unknown')) : upper(items))
      const { addAll, flushed } = batcher(flush, { isAmbiguous: (error) => error instanceof Error && error.message === 'unknown' })
      assert.deepEqual(await addAll('ab'), answers)
      assert.deepEqual(flushed, expected)
    })
  }
})
