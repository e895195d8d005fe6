import { StartRefused } from '@suanpan/runtime/settings'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfiguration } from './configuration.ts'
import { everySubscription } from './subscriptions.ts'

const sizes = async (maxBatch: string): Promise<number[]> => (await everySubscription({ MAX_BATCH: maxBatch })).map((subscription) => subscription.maxBatch)

test('MAX_BATCH bounds what every service takes at once, and makes nobody take more than suits it', async () => {
  const usual = await sizes('')
  assert.deepEqual(await sizes('500'), usual)
  assert.deepEqual(
    await sizes('150'),
    usual.map((size) => Math.min(size, 150)),
  )
  assert.deepEqual(new Set(await sizes('1')), new Set([1]))
})

for (const refused of ['0', '501', 'all'])
  test(`MAX_BATCH=${refused} is refused`, () => assert.throws(() => readConfiguration({ MAX_BATCH: refused }), StartRefused))
