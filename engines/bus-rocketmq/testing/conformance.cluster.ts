import { after, before, describe } from 'node:test'
import { createRocketMqBus, rocketMqBusSchema, topicsAndGroups } from '@suanpan/bus-rocketmq'
import { openRocketMq, type RocketMq } from '@suanpan/rocketmq'
import { portsFrom, startServers, type Servers } from '@suanpan/rocketmq/testing'
import type { Bus } from '@suanpan/runtime/bus'
import { busConformance, publisher, retryDelaysMs } from '@suanpan/runtime/bus/testing'
import { createIds } from '@suanpan/runtime/ids'
import { openPostgresStore, type Store } from '@suanpan/runtime/store'
import { conformanceSchema, startPostgres, type PostgresServer } from '@suanpan/runtime/store/testing'
import { noMarks, silentLog } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom } from '@suanpan/runtime/time'

/** The suite that every engine of the bus passes, against a real broker and a real PostgreSQL. */
const topic = 'letter.sent'
const groups = ['reader', 'fine', 'ill', 'quick', 'slow', 'later']
/** As many as there are tests, and a few to spare: each has topic and groups of its own. */
const prefixes = Array.from({ length: 16 }, (_, index) => `t${index}_`)

describe('the bus on RocketMQ', () => {
  let servers: Servers
  let database: PostgresServer
  const unused = [...prefixes]
  const buses: Bus[] = []
  const clients: RocketMq[] = []
  const stores: Store[] = []
  const clock = systemClock()
  const ids = createIds({ clock, random: systemRandom })

  before(async () => {
    ;[servers, database] = await Promise.all([startServers(portsFrom(21_000)), startPostgres()])
    const subscriptions = groups.map((group) => ({ group, topics: [topic], publisher, maxBatch: 1, handle: async () => [] }))
    const needs = prefixes.map((prefix) => topicsAndGroups([topic], subscriptions, prefix))
    await servers.create(
      needs.flatMap(({ topics }) => topics.map((name) => ({ name, type: 'TRANSACTION' as const }))),
      needs.flatMap((need) => need.groups.map((name) => ({ name }))),
    )
  })
  after(async () => {
    await Promise.all(buses.map((bus) => bus.stop()))
    await Promise.all(clients.map((client) => client.close(1_000)))
    await Promise.all(stores.map((store) => store.close()))
    await Promise.all([servers.stop(), database.stop()])
  })

  function openBus(store: Store, prefix: string): Bus {
    const rocketmq = openRocketMq({ endpoint: servers.endpoint })
    clients.push(rocketmq)
    const options = { rocketmq, store, topics: [topic], clock, ids, log: silentLog, marks: noMarks, retryDelaysMs, retainMs: 60_000, prefix }
    const bus = createRocketMqBus(options)
    buses.push(bus)
    return bus
  }

  busConformance(async () => {
    const prefix = unused.shift()
    if (prefix === undefined) throw new Error('the suite has more tests than there are prefixes: name more')
    const connectionString = await database.createDatabase()
    const schemas = [conformanceSchema, rocketMqBusSchema]
    const store = await openPostgresStore({ name: publisher, connectionString, schemas, clock, onError: () => {} })
    stores.push(store)
    return { bus: openBus(store, prefix), store, reopen: async () => openBus(store, prefix) }
  })
})
