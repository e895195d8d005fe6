import { createBatcher } from '@suanpan/runtime/batcher'
import { isSame, type Bus } from '@suanpan/runtime/bus'
import { CommitUnknown, type Reader, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { decideSettlement, reportOf, type Books, type Statement, type StatementOutcome } from './settlement.ts'
import { inbox, paymentOrders, payments, quarantine, refunds } from './tables.ts'

/** Where everything that is known of payments and refunds comes together: batch by batch, behind the caller's back. */
export interface Ledger {
  /** Rejects with the store's error, or with `Overloaded`: then nothing is known to be written, and it may be stated again. */
  state(statement: Statement): Promise<StatementOutcome>
}

export interface LedgerOptions {
  readonly store: Store
  readonly bus: Bus
  readonly clock: Clock
  readonly marks: Marks
  /** Statements in one transaction. */
  readonly maxBatch: number
  readonly maxQueued: number
  /** How long statements collect behind a batch; 0: not at all. A lone one, long after the last, does not wait. */
  readonly collectMs: number
}

export function createLedger({ store, bus, clock, marks, maxBatch, maxQueued, collectMs }: LedgerOptions): Ledger {
  const batcher = createBatcher<Statement, StatementOutcome>({
    name: 'payment.settle',
    clock,
    maxItems: maxBatch,
    maxQueued,
    collectMs,
    flush: async (statements) => {
      const outcomes = await settle({ store, bus, marks }, statements)
      for (const outcome of outcomes) marks.mark(`payment.${outcome}`)
      return outcomes
    },
    isAmbiguous: (error) => error instanceof CommitUnknown,
  })
  return { state: batcher.add }
}

/** Rows moved between announcing and deciding: what was announced is not what is to be said. */
class Moved extends Error {
  override readonly name = 'Moved'
}

/** Rows move when two processes, or a query and a notification, settle the same payment: rarely, and not often in a row. */
const maxAnnouncements = 5

/**
 * A message has to be known before the transaction that decides about it. So the decision is made twice: on rows as they
 * are read, to announce what will follow, and on the locked rows. Where the two differ, both are made again.
 */
async function settle(
  { store, bus, marks }: Pick<LedgerOptions, 'store' | 'bus' | 'marks'>,
  statements: readonly Statement[],
): Promise<readonly StatementOutcome[]> {
  for (let announcement = 1; ; announcement++) {
    const { messages } = decideSettlement(statements, await load(statements, store.read.get))
    const announced = new Map(messages.map((message) => [message.id, message]))
    try {
      return await bus.publishIff(store, messages, async (tx) => {
        const settlement = decideSettlement(statements, await load(statements, tx.lock))
        const accepted = settlement.messages.map(({ id, body }) => {
          const ready = announced.get(id)
          if (ready === undefined || !isSame(ready.body, body)) throw new Moved(`${id} was not announced as it is to be said`)
          return ready
        })
        tx.update(inbox, [...settlement.changed.inbox.values()])
        tx.update(refunds, [...settlement.changed.refunds.values()])
        tx.update(payments, [...settlement.changed.payments.values()])
        tx.update(paymentOrders, [...settlement.changed.orders.values()])
        tx.insertMissing(quarantine, settlement.quarantined)
        return { result: settlement.outcomes, accepted }
      })
    } catch (error) {
      if (!(error instanceof Moved) || announcement === maxAnnouncements) throw error
      marks.mark('payment.moved')
    }
  }
}

/** Every row that these statements are about; tables always in this order. */
async function load(statements: readonly Statement[], get: Reader['get']): Promise<Books> {
  const inboxRows = await get(
    inbox,
    statements.flatMap((statement) => ('inboxId' in statement ? statement.inboxId : [])),
  )
  const reports = statements.flatMap((statement) => reportOf(statement, inboxRows) ?? [])
  const refundRows = await get(
    refunds,
    reports.flatMap(({ fact }) => (fact.kind === 'trade' ? [] : fact.refundId)),
  )
  const paymentRows = await get(
    payments,
    reports.map(({ paymentId }) => paymentId),
  )
  const orderRows = await get(
    paymentOrders,
    [...paymentRows.values()].map(({ orderId }) => orderId),
  )
  return { inbox: inboxRows, refunds: refundRows, payments: paymentRows, orders: orderRows }
}
