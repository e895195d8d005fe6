import type { BillEntry, Channel, ChannelName } from '@suanpan/channels'
import { OrderServiceDefinition } from '@suanpan/contracts/order'
import type { Difference, ReconcileOutcome, ReconcileRequest, ReconcileResponse } from '@suanpan/contracts/payment'
import type { Rpc } from '@suanpan/runtime/rpc'
import { putRows, readOne, type Table } from '@suanpan/runtime/store'
import { createNews, type Log } from '@suanpan/runtime/telemetry'
import { repeat, type Repetition } from '@suanpan/runtime/time'
import { mismatchOf, unbilledPayment, unbilledRefund, type Mismatch, type NamedRows } from './bill-match.ts'
import { dayBounds, dueDays } from './days.ts'
import { createMending, type BillOf, type Mended, type MendingOptions } from './mending.ts'
import { channelName, wireChannels } from './messages.ts'
import { surplusRefundId } from './refund-rules.ts'
import { payments, reconciliations, refunds, type ReconciliationRow } from './tables.ts'

export interface ReconcileOptions extends MendingOptions {
  /** Reaches the order service. */
  readonly rpc: Rpc
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly log: Log
  readonly callTimeoutMs: number
}

export interface Reconciliation {
  reconcile(request: ReconcileRequest): Promise<ReconcileResponse>
  /** Reconciles each day once its bill is out. */
  readonly daily: Repetition
}

/** How often to look whether a bill is due. */
const lookEveryMs = 600_000

/** So many days back a bill is made up for: a shop that stood still for a week-end misses none. */
const catchUpDays = 4

/** How often to fetch a bill again of which a platform said nothing certain: a day's may be large. */
const askAgainEveryMs = 3_600_000

/** A day that is reconciled every few minutes tells of each difference once. */
const quietMs = 24 * 3_600_000

/** Lines of a bill, or rows of ours, held against each other at a time: a day may have millions. */
const chunkSize = 500

export function createReconciliation(options: ReconcileOptions): Reconciliation {
  const { store, channels, clock, log, callTimeoutMs } = options
  const mend = createMending(options)
  const isNews = createNews(clock, quietMs)
  /** Of days that are reconciled again: when they were last. */
  const uncertainAt = new Map<string, number>()
  const orders = options.rpc.client(OrderServiceDefinition)

  async function reconcile({ channel: wireChannel, date }: ReconcileRequest): Promise<ReconcileResponse> {
    const name = channelName(wireChannel)
    const channel = name === undefined ? undefined : channels.get(name)
    if (channel === undefined) return ended('RECONCILE_OUTCOME_CHANNEL_NOT_OFFERED')
    const fetched = await channel.fetchBill(date)
    if (fetched.kind === 'rejected') return { ...ended('RECONCILE_OUTCOME_BILL_REFUSED'), refusal: fetched.code }
    if (fetched.kind === 'unknown') return ended('RECONCILE_OUTCOME_UNAVAILABLE')
    if (fetched.value.state === 'none') return ended('RECONCILE_OUTCOME_NO_BILL')
    const bill = fetched.value.entries
    const of = { channel: channel.name, date }
    const mended: Mended[] = []
    for (const entries of chunks(bill)) {
      const rows = await rowsNamedBy(channel.name, entries)
      if (rows === undefined) return ended('RECONCILE_OUTCOME_UNAVAILABLE')
      for (const entry of entries) {
        const mismatch = mismatchOf(entry, rows)
        if (mismatch !== undefined) mended.push(await mend(of, mismatch))
      }
    }
    const matched = bill.length - mended.length
    for await (const mismatch of missingIn(bill, of)) mended.push(await mend(of, mismatch))
    await conclude(of, { billEntries: bill.length, matched }, mended)
    const sumOf = (kind: BillEntry['kind']) => bill.reduce((sum, entry) => sum + (entry.kind === kind ? entry.amountFen : 0), 0)
    return {
      outcome: 'RECONCILE_OUTCOME_DONE',
      billEntries: bill.length,
      matched,
      differences: mended.map(({ difference }) => difference),
      paidFen: sumOf('payment'),
      refundedFen: sumOf('refund'),
      refusal: '',
    }
  }

  /** A day that is not reconciled again by itself is a person's, with what is uncertain. */
  async function conclude(of: BillOf, found: Pick<ReconciliationRow, 'billEntries' | 'matched'>, mended: readonly Mended[]): Promise<void> {
    const reconciliationId = reconciliationIdOf(of)
    const known = await readOne(store.read, reconciliations, reconciliationId)
    const isLast = known !== undefined || of.date <= (dueDays(clock.now(), catchUpDays).at(-1) ?? '')
    const certain = mended.filter(({ isSettled }) => isSettled || isLast)
    for (const { difference } of certain) warnOf(of, difference)
    const uncertain = mended.length - certain.length
    if (uncertain === 0) {
      uncertainAt.delete(reconciliationId)
      await keep({ reconciliationId, at: clock.now(), ...found, differences: mended.length })
      return
    }
    uncertainAt.set(reconciliationId, clock.now())
    log.warn({ ...of, uncertain }, 'a bill was reconciled, and a platform said nothing certain of some of it; it is reconciled again')
  }

  function warnOf(of: BillOf, { kind, paymentId, refundId, orderId, nextStep, needsPerson }: Difference): void {
    if (!needsPerson || !isNews([reconciliationIdOf(of), paymentId, refundId, nextStep].join(' '))) return
    log.warn({ ...of, kind, payment: paymentId, refund: refundId, order: orderId, nextStep }, 'a bill differs from our books, and a person has to look')
  }

  /** Undefined: the orders do not answer. */
  async function rowsNamedBy(channel: ChannelName, entries: readonly BillEntry[]): Promise<NamedRows | undefined> {
    const paymentIds = entries.map(({ paymentId }) => paymentId)
    const refundIds = entries.flatMap(({ kind, paymentId, refundId }) => (kind === 'payment' ? surplusRefundId(paymentId) : refundId))
    const ofChannel = <Row extends { readonly channel: ChannelName }>(rows: Map<string, Row>) => new Map([...rows].filter(([, row]) => row.channel === channel))
    const named = { payments: ofChannel(await store.read.get(payments, paymentIds)), refunds: ofChannel(await store.read.get(refunds, refundIds)) }
    const orderIds = [...new Set([...named.payments.values()].map(({ orderId }) => orderId))]
    if (orderIds.length === 0) return { ...named, orders: new Map() }
    const reply = await orders.listFacts({ afterOrderId: '', limit: 0, orderIds }, { deadlineAt: clock.now() + callTimeoutMs })
    return reply.kind === 'answered' ? { ...named, orders: new Map(reply.response.facts.map((facts) => [facts.orderId, facts])) } : undefined
  }

  /** What we say was paid or refunded that day, and the bill does not have. */
  async function* missingIn(bill: readonly BillEntry[], of: BillOf): AsyncGenerator<Mismatch> {
    const billed = new Set(bill.map(({ kind, paymentId, refundId }) => (kind === 'payment' ? paymentId : refundId)))
    for await (const row of rowsOfDay(payments, 'paid_at', ({ paidAt }) => paidAt ?? 0, of)) if (!billed.has(row.paymentId)) yield unbilledPayment(row)
    for await (const row of rowsOfDay(refunds, 'created_at', ({ createdAt }) => createdAt, of)) {
      if (row.state === 'done' && !billed.has(row.refundId)) yield unbilledRefund(row, await readOne(store.read, payments, row.paymentId))
    }
  }

  async function* rowsOfDay<Row>(table: Table<Row>, column: string, atOf: (row: Row) => number, { channel, date }: BillOf): AsyncGenerator<Row> {
    const { from, to } = dayBounds(date)
    const key = table.keyColumn
    const sql = `SELECT * FROM ${table.name} WHERE channel = $1 AND ${column} < $2 AND (${column}, ${key}) > ($3, $4) ORDER BY ${column}, ${key} LIMIT $5`
    let after: readonly [at: number, key: string] = [from, '']
    for (;;) {
      const rows = (await store.read.query(sql, [channel, to, ...after, chunkSize])).map(table.fromSql)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < chunkSize) return
      after = [atOf(last), table.keyOf(last)]
    }
  }

  /** Nothing was paid or given back that day, as we say. */
  async function isEmptyDay(of: BillOf): Promise<boolean> {
    return (await missingIn([], of).next()).done === true
  }

  async function keep(row: ReconciliationRow): Promise<void> {
    await store.transact(async (tx) => {
      const known = await tx.lock(reconciliations, [row.reconciliationId])
      putRows(tx, reconciliations, [row], known)
    })
  }

  async function reconcileLatest(): Promise<void> {
    const bills = dueDays(clock.now(), catchUpDays).flatMap((date) => [...channels.keys()].map((channel) => ({ channel, date })))
    const known = await store.read.get(reconciliations, bills.map(reconciliationIdOf))
    for (const bill of bills) {
      const isAtRest = Math.abs(clock.now() - (uncertainAt.get(reconciliationIdOf(bill)) ?? -Infinity)) < askAgainEveryMs
      if (isAtRest || known.has(reconciliationIdOf(bill))) continue
      await reconcileDue(bill).catch((error: unknown) => log.warn({ ...bill, error }, 'a bill could not be reconciled; it is tried again'))
    }
  }

  async function reconcileDue(bill: BillOf): Promise<void> {
    const { outcome, differences, refusal } = await reconcile({ channel: wireChannels[bill.channel], date: bill.date })
    if (outcome === 'RECONCILE_OUTCOME_DONE') log.info({ ...bill, differences: differences.length }, 'a bill was reconciled')
    // A day without payments never has one.
    else if (outcome === 'RECONCILE_OUTCOME_NO_BILL' && (await isEmptyDay(bill))) log.debug(bill, 'there is no bill yet; it is looked for again')
    else log.warn({ ...bill, outcome, refusal }, 'a bill could not be reconciled yet; it is tried again')
  }

  const onError = (error: unknown): void => log.warn({ error }, 'the daily reconciliation failed; it is tried again')
  return { reconcile, daily: repeat({ clock, everyMs: lookEveryMs, run: reconcileLatest, onError }) }
}

function reconciliationIdOf({ channel, date }: BillOf): string {
  return `${channel}:${date}`
}

function ended(outcome: ReconcileOutcome): ReconcileResponse {
  return { outcome, billEntries: 0, matched: 0, differences: [], paidFen: 0, refundedFen: 0, refusal: '' }
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let index = 0; index < items.length; index += chunkSize) yield items.slice(index, index + chunkSize)
}
