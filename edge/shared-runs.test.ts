import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedRuns } from './shared-runs.ts'

test('who asks while it runs shares the next run, be the first one’s answer good or bad; there is never more than one', async () => {
  const runs: PromiseWithResolvers<string>[] = []
  const ask = createSharedRuns(() => {
    const run = Promise.withResolvers<string>()
    runs.push(run)
    return run.promise
  })
  const first = assert.rejects(ask(), /broken/)
  const [second, third] = [ask(), ask()]
  assert.equal(runs.length, 1)
  runs[0]?.reject(new Error('broken'))
  await first
  await new Promise((resolve) => setImmediate(resolve))
  const later = ask()
  assert.equal(runs.length, 2)
  runs[1]?.resolve('second run')
  assert.deepEqual(await Promise.all([second, third]), ['second run', 'second run'])
  await new Promise((resolve) => setImmediate(resolve))
  runs[2]?.resolve('third run')
  assert.equal(await later, 'third run')
  const alone = ask()
  runs[3]?.resolve('alone')
  assert.deepEqual([await alone, runs.length], ['alone', 4])
})
