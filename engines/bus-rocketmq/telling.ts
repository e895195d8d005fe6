import type { Half } from '@suanpan/rocketmq'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import { repeat, type Clock } from '@suanpan/runtime/time'
import { halves, type HalfRow } from './tables.ts'

/** Tells the broker what became of half messages, and writes down that it was told. Nobody waits for it: what goes wrong here, the broker asks for. */
export interface Telling {
  commit(half: Half, row: HalfRow): void
  rollback(half: Half | undefined): void
  /** The broker has heard, by an answer to its question. */
  told(row: HalfRow): void
  start(): void
  /** Waits for what is on its way. */
  stop(): Promise<void>
}

export interface TellingOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly marks: Marks
}

/** Only people read it: one write for all that was told in a second. */
const noteEveryMs = 1_000

export function createTelling({ store, clock, log, marks }: TellingOptions): Telling {
  const underWay = new Set<Promise<void>>()
  const heard: HalfRow[] = []

  function track(telling: Promise<void>, then: () => void): void {
    const settled = telling
      .then(then, () => marks.mark('bus.untold'))
      .finally(() => {
        underWay.delete(settled)
      })
    underWay.add(settled)
  }

  async function note(): Promise<void> {
    const rows = heard.map((row) => ({ ...row, toldAt: clock.now() }))
    if (rows.length === 0) return
    await store.transact(async (tx) => tx.update(halves, rows))
    heard.splice(0, rows.length)
  }
  const noting = repeat({
    clock,
    everyMs: noteEveryMs,
    run: note,
    onError: (error) => log.warn({ error }, 'it could not be noted which half messages were settled'),
  })

  const told = (row: HalfRow) => void heard.push(row)
  return {
    commit: (half, row) => track(half.commit(), () => told(row)),
    rollback: (half) => {
      if (half !== undefined) track(half.rollback(), () => {})
    },
    told,
    start: noting.start,
    stop: async () => {
      await noting.stop()
      await Promise.all(underWay)
      await note().catch(() => {})
    },
  }
}
