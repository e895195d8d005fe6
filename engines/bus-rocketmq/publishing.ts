import { acceptedOf, messageRowOf, type OutgoingMessage, type Published } from '@suanpan/runtime/bus'
import { CommitUnknown, type Store, type Transaction } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { Announce, Announced } from './announcing.ts'
import { waitingRow } from './fates.ts'
import { routeMessages, type Routing } from './routing.ts'
import { deliveries, halves, outbox, sent, type HalfRow } from './tables.ts'
import type { Telling } from './telling.ts'

export interface PublishingOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
  readonly announce: Announce
  readonly telling: Telling
  /** Groups of this same service that read a topic. */
  readonly ownGroups: (topic: string) => readonly string[]
  /** Something was put into the outbox. */
  readonly wakeRelay: () => void
}

type Work<Result> = (tx: Transaction) => Promise<Published<Result>>
export type Publish = <Result>(messages: readonly OutgoingMessage[], work: Work<Result>) => Promise<Result>

const nothing: ReadonlySet<string> = new Set()

/**
 * Half messages first, then the transaction, which writes down their fate together with what they tell of, then the
 * commit at the broker. Whatever is lost after the transaction, the broker asks for, and that row answers.
 */
export function createPublishing({ store, clock, marks, announce, telling, ownGroups, wakeRelay }: PublishingOptions): Publish {
  const rowOf = ({ halfId, topic, messages }: Announced): HalfRow => ({
    halfId,
    state: 'committed',
    topic,
    messages: messages.length,
    decidedAt: clock.now(),
    toldAt: null,
  })

  function write(tx: Transaction, { committed, relayed, fresh }: Routing): void {
    const now = clock.now()
    tx.insert(halves, committed.map(rowOf))
    tx.insert(
      sent,
      fresh.map((message) => ({ ...messageRowOf(message), sentAt: now })),
    )
    tx.insertMissing(
      outbox,
      relayed.map((message) => ({ ...messageRowOf(message), nextAttemptAt: now })),
    )
    tx.insertMissing(
      deliveries,
      fresh.flatMap((message) => ownGroups(message.topic).map((group) => waitingRow(group, message, now))),
    )
  }

  function tell({ committed, dropped, relayed }: Routing): void {
    for (const announced of committed) telling.commit(announced.half, rowOf(announced))
    for (const { half } of dropped) telling.rollback(half)
    if (relayed.length === 0) return
    marks.mark('bus.outbox')
    wakeRelay()
  }

  return async (messages, work) => {
    const announced = await announce(messages)
    let tries = 0
    let routing: Routing | undefined
    try {
      const result = await store.transact(async (tx) => {
        tries++
        const { result: done, accepted } = await work(tx)
        // The first try takes everything for new; where it is not, keys collide, and from then on it is looked up.
        const fates = tries === 1 ? nothing : await tx.lock(halves, announced.map(halfIdOf))
        const known = tries === 1 ? nothing : await tx.get(sent, messages.map(messageIdOf))
        routing = routeMessages(announced, new Set(acceptedOf(messages, accepted)), known, fates)
        write(tx, routing)
        return done
      })
      if (routing !== undefined) tell(routing)
      return result
    } catch (error) {
      // Whether it was committed, the checker will see.
      if (!(error instanceof CommitUnknown)) for (const { half } of announced) telling.rollback(half)
      throw error
    }
  }
}

const halfIdOf = ({ halfId }: Announced): string => halfId
const messageIdOf = ({ id }: OutgoingMessage): string => id
