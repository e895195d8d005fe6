import { rocketMqBusSchema } from '@suanpan/bus-rocketmq'
import { hosts } from '@suanpan/hosting/services'
import { openPostgresStore } from '@suanpan/runtime/store'
import { systemClock } from '@suanpan/runtime/time'
import type { Cluster } from '../cluster.ts'

/** What the services have begun with messages and not ended. */
export interface Leftovers {
  list(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Messages that the broker was not given yet, and that a group has yet to handle. */
const counted: Readonly<Record<string, string>> = {
  'in the outbox': 'SELECT COUNT(*) AS n FROM message_outbox',
  'not handled': "SELECT COUNT(*) AS n FROM message_delivery WHERE state IN ('waiting', 'retrying')",
}

export async function openLeftovers({ engines }: Cluster): Promise<Leftovers> {
  const clock = systemClock()
  const stores = await Promise.all(
    Object.entries(hosts).map(([name, { schemas }]) =>
      openPostgresStore({ name, connectionString: engines.databaseUrl(name), schemas: [...schemas, rocketMqBusSchema], clock, onError: () => {} }),
    ),
  )
  return {
    list: async () => {
      const found = await Promise.all(
        stores.flatMap(({ name, read }) =>
          Object.entries(counted).map(async ([what, sql]) => {
            const n = Number((await read.query(sql, []))[0]?.['n'] ?? 0)
            return n === 0 ? [] : [`${name}: ${n} ${what}`]
          }),
        ),
      )
      return found.flat()
    },
    close: async () => void (await Promise.all(stores.map((store) => store.close()))),
  }
}
