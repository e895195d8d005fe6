import { createIds } from '@suanpan/runtime/ids'
import type { Bus, Subscription } from '@suanpan/runtime/bus'
import { inProcessRpc } from '@suanpan/runtime/rpc'
import type { Environment } from '@suanpan/runtime/settings'
import { openSqliteStore } from '@suanpan/runtime/store'
import { noMarks, silentLog } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { readConfiguration } from './configuration.ts'
import { hosts } from './services.ts'

const notRunning = (): never => {
  throw new Error('this service is only asked what it listens to')
}

const noBus: Bus = {
  publishIff: notRunning,
  subscribe: notRunning,
  start: notRunning,
  stop: notRunning,
  backlog: notRunning,
  deadLetters: notRunning,
  replay: notRunning,
  trace: notRunning,
}

/** What the services of a shop listen to, all of them, for whoever prepares a broker. They are asked, and not started. */
export async function everySubscription(environment: Environment = {}): Promise<Subscription[]> {
  const clock = systemClock()
  const random = systemRandom
  const rpc = inProcessRpc({ clock, maxCalls: 0, onError: () => {} })
  const context = {
    configuration: readConfiguration(environment),
    clock,
    random,
    ids: createIds({ clock, random }),
    log: silentLog,
    marks: noMarks,
    bus: noBus,
    rpc,
  }
  const subscriptions: Subscription[] = []
  for (const [name, { host }] of Object.entries(hosts)) {
    const store = openSqliteStore({ name, schemas: [], file: ':memory:', clock })
    subscriptions.push(...host({ ...context, store, channels: new Map() }).subscriptions)
    await store.close()
  }
  return subscriptions
}
