import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeBeforeServices } from './testing/edge.ts'

test('however many ask for measurements at once, the services measure themselves once at a time, and never before the question', async () => {
  const runs: PromiseWithResolvers<string>[] = []
  const measure = () => {
    const run = Promise.withResolvers<string>()
    runs.push(run)
    return run.promise
  }
  const edge = await edgeBeforeServices({ measure })
  const asked = [1, 2, 3, 4, 5].map(() => edge.inject({ url: '/metrics' }))
  const begun = async (count: number): Promise<void> => {
    while (runs.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  await begun(1)
  runs[0]?.resolve('orders_open 1')
  await begun(2)
  runs[1]?.resolve('orders_open 2')
  const told = (await Promise.all(asked)).map(({ body }) => /orders_open (\d)/.exec(body)?.[1])
  assert.deepEqual([told, runs.length], [['1', '2', '2', '2', '2'], 2])
})
