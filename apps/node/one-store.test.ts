import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { databaseIdOf, openServiceStore } from '@suanpan/hosting/store'
import { startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import type { Store } from '@suanpan/runtime/store'
import { createLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { untilOneStore } from './one-store.ts'

const log = createLog('silent')
const stores: Store[] = []
let server: PostgresServer

before(async () => {
  server = await startPostgres()
})

after(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await server.stop()
})

async function open(service: string, databaseUrl: string): Promise<Store> {
  const store = await openServiceStore({ service, databaseUrl, schemas: [], clock: systemClock(), log })
  stores.push(store)
  return store
}

test('a database has one id by whatever address and from whatever schema, and no other database has it', async () => {
  const [first, second] = [await server.createDatabase(), await server.createDatabase()]
  const ids = await Promise.all([
    databaseIdOf(await open('inventory', first)),
    databaseIdOf(await open('coupon', first.replace('127.0.0.1', 'localhost'))),
    databaseIdOf(await open('inventory', second)),
  ])
  assert.match(ids[0], /^\d+-\d+$/)
  assert.deepEqual([ids[1] === ids[0], ids[2] === ids[0]], [true, false])
})

/** Starts beside one that has another database, and that is gone after so long. */
async function startBeside(goneAfterMs: number): Promise<'started' | Error> {
  const clock = manualClock(0)
  const agreeOnStore = async () => (clock.now() < goneAfterMs ? ['inventory-1 (process 7 at 203.0.113.7)'] : [])
  const configuration = { name: 'inventory-2', host: '127.0.0.1', zookeeper: ['127.0.0.1:1'] }
  const store = await open('inventory', await server.createDatabase())
  let end: 'started' | Error | undefined
  untilOneStore({ service: 'inventory', store, dubbo: { agreeOnStore }, configuration, clock, log, onSplit: () => {} }).then(
    () => (end = 'started'),
    (error: unknown) => (end = error as Error),
  )
  // Its store takes time of the machine meanwhile.
  for (const giveUpAt = Date.now() + 30_000; end === undefined; await clock.advance(100)) assert.ok(Date.now() < giveUpAt, 'it neither starts nor is refused')
  return end
}

test('a process of the service that was killed is waited for until the registry has forgotten it', async () => {
  assert.equal(await startBeside(14_000), 'started')
})

test('one that lives on with another database is named, with what to do', async () => {
  const refused = await startBeside(Infinity)
  assert.ok(refused instanceof Error && refused.name === 'StartRefused', String(refused))
  assert.match(
    refused.message,
    /^The service inventory .* another database .*: inventory-1 \(process 7 at 203\.0\.113\.7\) runs on it\. .*DATABASE_URL of that one.*stop every process/,
  )
})

test('one whose service has another database later is told why it has to end', async () => {
  let split: ((others: readonly string[]) => void) | undefined
  const agreeOnStore = async (_service: string, _id: string, _holder: string, onSplit: typeof split) => {
    split = onSplit
    return []
  }
  const told: Error[] = []
  const configuration = { name: 'inventory-1', host: '127.0.0.1', zookeeper: ['127.0.0.1:1'] }
  const store = await open('inventory', await server.createDatabase())
  const onSplit = (why: Error): void => void told.push(why)
  await untilOneStore({ service: 'inventory', store, dubbo: { agreeOnStore }, configuration, clock: manualClock(0), log, onSplit })
  assert.equal(told.length, 0)
  split?.(['inventory-2 (process 8 at 203.0.113.8)'])
  const [why] = told
  assert.ok(why !== undefined && why.name === 'StartRefused', String(why))
  assert.match(why.message, /^The service inventory .* two databases: inventory-2 \(process 8 at 203\.0\.113\.8\) .*Stop every process of the service/)
})
