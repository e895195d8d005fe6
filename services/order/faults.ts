import type { Faults } from '@suanpan/contracts/order'
import type { CallFate } from '@suanpan/runtime/rpc'
import { defineTable, putRows, readOne, type Store } from '@suanpan/runtime/store'
import { repeat, type Clock, type Random } from '@suanpan/runtime/time'

/** Demo only: probabilities that anyone may turn up to watch orders being undone. */
export interface DemoFaults {
  readonly current: Faults
  /** Resolves once orders meet them, wherever they are placed. */
  set(faults: Faults): Promise<void>
  /** The fate of the next call to a service that the saga takes from. */
  fateOfCall(): CallFate
}

/** Faults of this process, all 0 at the start. */
export function createDemoFaults(random: Random): DemoFaults {
  const current: Faults = { confirmFails: 0, requestLost: 0, replyLost: 0 }
  return {
    current,
    set: async (faults) => {
      Object.assign(current, faults)
    },
    fateOfCall: () => {
      if (current.requestLost > 0 && random() < current.requestLost) return 'lose_request'
      if (current.replyLost > 0 && random() < current.replyLost) return 'lose_reply'
      return 'pass'
    },
  }
}

/** Faults of all processes that share this store; they are kept until they are changed. */
export interface SharedDemoFaults extends DemoFaults {
  start(): void
  stop(): Promise<void>
}

export interface SharedDemoFaultsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly onError: (error: unknown) => void
}

interface FaultRow {
  readonly faultId: string
  readonly faults: Faults
}

const demoFaults = defineTable<FaultRow>({ name: 'demo_faults', key: 'faultId', columns: { faultId: 'text', faults: 'json' } })
const everyOrder = 'every_order'
const lookEveryMs = 250

export function shareDemoFaults({ store, clock, random, onError }: SharedDemoFaultsOptions): SharedDemoFaults {
  const own = createDemoFaults(random)
  const look = async (): Promise<void> => {
    const row = await readOne(store.read, demoFaults, everyOrder)
    if (row !== undefined) await own.set(row.faults)
  }
  const looking = repeat({ clock, everyMs: lookEveryMs, run: look, onError })
  return {
    ...own,
    set: async (faults) => {
      await store.transact(async (tx) => {
        const known = await tx.lock(demoFaults, [everyOrder])
        putRows(tx, demoFaults, [{ faultId: everyOrder, faults }], known)
      })
      await own.set(faults)
      // By then every process has looked, unless its store is slow.
      await clock.sleep(2 * lookEveryMs)
    },
    start: () => looking.start(),
    stop: () => looking.stop(),
  }
}
