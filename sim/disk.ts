import { CommitUnknown, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import type { SwarmOptions } from './options.ts'
import type { Dice } from './random.ts'

/** What may go wrong with a node's store, as one incarnation of the node sees it. */
export interface DiskOptions {
  readonly inner: Store
  readonly clock: Clock
  readonly dice: Dice
  readonly options: () => SwarmOptions
  readonly isAlive: () => boolean
  readonly note: (what: string) => void
}

/** Never answers: what a dead incarnation waits for. */
export function never<Result>(): Promise<Result> {
  return new Promise(() => {})
}

/**
 * A store whose every call takes a while, and whose commits may be lost, or happen without anybody hearing of it. The
 * rows outlive the node; the calls of a dead incarnation do not return.
 */
export function openDisk({ inner, clock, dice, options, isAlive, note }: DiskOptions): Store {
  async function slowly<Result>(call: () => Promise<Result>): Promise<Result> {
    if (!isAlive()) return never()
    await clock.sleep(dice.integer(0, 3))
    const result = await call()
    await clock.sleep(dice.integer(0, 2))
    return result
  }
  const slow = (read: Reader): Reader => ({
    get: (table, keys) => slowly(() => read.get(table, keys)),
    query: (sql, parameters) => slowly(() => read.query(sql, parameters)),
  })

  return {
    name: inner.name,
    dialect: inner.dialect,
    read: slow(inner.read),
    transact: (work) =>
      slowly(async () => {
        const fate = dice.random()
        const { commitUnknown } = options()
        if (fate < commitUnknown / 2) {
          note(`${inner.name}: a commit is lost, and its fate not known`)
          throw new CommitUnknown('lost before it was written')
        }
        const result = await inner.transact(work)
        if (fate < commitUnknown) {
          note(`${inner.name}: a commit is done, and its fate not known`)
          throw new CommitUnknown('written, but nobody was told')
        }
        return result
      }),
    settled: () => slowly(() => inner.settled()),
    snapshot: (work) => slowly(() => inner.snapshot(work)),
    close: () => Promise.resolve(),
  }
}
