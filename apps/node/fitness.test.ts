import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noAccounts } from '@suanpan/hosting'
import { inProcessRpc } from '@suanpan/runtime/rpc'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemRandom } from '@suanpan/runtime/time'
import { readNodeConfiguration } from './configuration.ts'
import { createFitness } from './fitness.ts'
import { hostSystems } from './systems.ts'

test('a process that is told to leave while it waits for others to start is started no further', { timeout: 20_000 }, async (context) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'suanpan-'))
  context.after(() => rmSync(dataDir, { recursive: true }))
  const configuration = { ...readNodeConfiguration('order-system', { CLUSTER_ZOOKEEPER: '127.0.0.1:2181', DATA_DIR: dataDir }), systems: [] }
  const clock = manualClock()
  const fitness = createFitness()
  const dubbo = {
    rpc: inProcessRpc({ clock, maxCalls: 1, onError: () => {} }),
    untilProvided: () => new Promise<never>(() => {}),
  }
  const systems = await hostSystems({ configuration, accounts: noAccounts, clock, random: systemRandom, log: silentLog, dubbo, fitness })
  const opened = systems.open({ products: [], users: [], coupons: [] })
  fitness.leave(new Error('two databases'))
  await assert.rejects(opened, /two databases/)
})

test('what a process that has to leave has waited for does not take its start further, even where it has come', async () => {
  const fitness = createFitness()
  assert.equal(await fitness.whileFit(Promise.resolve(1)), 1)
  fitness.leave(new Error('two databases'))
  assert.equal((await fitness.unfit).message, 'two databases')
  await assert.rejects(fitness.whileFit(Promise.resolve(1)), /two databases/)
})
