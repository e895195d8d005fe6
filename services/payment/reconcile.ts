import type { BillEntry, Channel, ChannelName } from '@suanpan/channels'
import { OrderServiceDefinition, type OrderFacts } from '@suanpan/contracts/order'
import type { Difference, ReconcileOutcome, ReconcileRequest, ReconcileResponse } from '@suanpan/contracts/payment'
import type { Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'
import { dayBounds, dueDay } from './days.ts'
import type { Inquiry } from './inquiry.ts'
import type { Ledger } from './ledger.ts'
import { channelName, wireChannels } from './messages.ts'
import { matchBill, type Mismatch, type OurDay } from './bill-match.ts'
import type { RefundDesk } from './refund-desk.ts'
import { payments, reconciliations, refunds, type PaymentRow, type RefundRow } from './tables.ts'

export interface ReconcileOptions {
  readonly store: Store
  /** Reaches the order service. */
  readonly rpc: Rpc
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly ledger: Ledger
  readonly inquiry: Inquiry
  readonly desk: Pick<RefundDesk, 'askNow'>
  readonly clock: Clock
  readonly log: Log
  readonly callTimeoutMs: number
}

export interface Reconciliation {
  reconcile(request: ReconcileRequest): Promise<ReconcileResponse>
  /** Reconciles yesterday once its bill is out. */
  readonly daily: Repetition
}

/** How often to look whether a bill is due. */
const lookEveryMs = 600_000

/** Keys asked for in one call or statement. */
const chunkSize = 500

export function createReconciliation(options: ReconcileOptions): Reconciliation {
  const { store, channels, ledger, inquiry, desk, clock, log, callTimeoutMs } = options
  const orders = options.rpc.client(OrderServiceDefinition)

  async function reconcile({ channel: wireChannel, date }: ReconcileRequest): Promise<ReconcileResponse> {
    const name = channelName(wireChannel)
    const channel = name === undefined ? undefined : channels.get(name)
    if (channel === undefined) return ended('RECONCILE_OUTCOME_CHANNEL_NOT_OFFERED')
    const bill = await channel.fetchBill(date)
    if (bill.kind === 'rejected') return ended('RECONCILE_OUTCOME_NO_BILL')
    if (bill.kind === 'unknown') return ended('RECONCILE_OUTCOME_UNAVAILABLE')
    const day = await readOurDay(channel.name, date, bill.value)
    if (day === undefined) return ended('RECONCILE_OUTCOME_UNAVAILABLE')
    const { matched, mismatches } = matchBill(bill.value, day)
    const differences: Difference[] = []
    for (const mismatch of mismatches) differences.push(await mend(channel.name, date, mismatch))
    await keep(channel.name, date, bill.value.length, matched, differences.length)
    const sumOf = (kind: BillEntry['kind']) => bill.value.reduce((sum, entry) => sum + (entry.kind === kind ? entry.amountFen : 0), 0)
    return { outcome: 'RECONCILE_OUTCOME_DONE', billEntries: bill.value.length, matched, differences, paidFen: sumOf('payment'), refundedFen: sumOf('refund') }
  }

  /** Everything of ours that the bill speaks of, and everything of that day that it should. Undefined: the orders do not answer. */
  async function readOurDay(channel: ChannelName, date: string, bill: readonly BillEntry[]): Promise<OurDay | undefined> {
    const { from, to } = dayBounds(date)
    const paidThatDay = (await store.read.query('SELECT * FROM payment WHERE paid_at >= $1 AND paid_at < $2 AND channel = $3', [from, to, channel])).map(
      payments.fromSql,
    )
    const refundSql =
      "SELECT r.* FROM payment_refund AS r JOIN payment AS p ON p.payment_id = r.payment_id WHERE r.state = 'done' AND r.created_at >= $1 AND r.created_at < $2 AND p.channel = $3"
    const refundedThatDay = (await store.read.query(refundSql, [from, to, channel])).map(refunds.fromSql)
    const named = new Map<string, PaymentRow>(paidThatDay.map((row) => [row.paymentId, row]))
    const namedRefunds = new Map<string, RefundRow>(refundedThatDay.map((row) => [row.refundId, row]))
    for (const entries of chunks(bill)) {
      for (const [key, row] of await store.read.get(
        payments,
        entries.map(({ paymentId }) => paymentId),
      ))
        named.set(key, row)
      for (const [key, row] of await store.read.get(
        refunds,
        entries.flatMap(({ refundId }) => (refundId === '' ? [] : refundId)),
      ))
        namedRefunds.set(key, row)
    }
    const facts = new Map<string, OrderFacts>()
    for (const rows of chunks([...named.values()])) {
      const orderIds = [...new Set(rows.map(({ orderId }) => orderId))]
      const reply = await orders.listFacts({ afterOrderId: '', limit: 0, orderIds }, { deadlineAt: clock.now() + callTimeoutMs })
      if (reply.kind !== 'answered') return undefined
      for (const fact of reply.response.facts) facts.set(fact.orderId, fact)
    }
    return { payments: named, refunds: namedRefunds, orders: facts, paidThatDay, refundedThatDay }
  }

  /** Each class of difference has its next step, taken here and now. */
  async function mend(channel: ChannelName, date: string, mismatch: Mismatch): Promise<Difference> {
    const { kind, paymentId, refundId, orderId, ourFen, theirFen, detail } = mismatch
    return { kind, paymentId, refundId, orderId, ourFen, theirFen, detail, ...(await stepFor(channel, date, mismatch)) }
  }

  async function stepFor(channel: ChannelName, date: string, { cure, paymentId, refundId }: Mismatch): Promise<Step> {
    switch (cure.kind) {
      case 'state_trade': {
        const { entry } = cure
        const trade = { state: 'paid', tradeNo: entry.tradeNo, amountFen: entry.amountFen, currency: 'CNY', paidAt: entry.at } as const
        const outcome = await ledger.state({
          channel,
          paymentId,
          fact: { kind: 'trade', paymentId, trade },
          source: `bill of ${date}`,
          inboxId: undefined,
          at: clock.now(),
        })
        if (outcome === 'quarantined') return quarantined
        return taken(outcome === 'paid' ? 'settled as a lost notification' : 'it was settled meanwhile')
      }
      case 'state_refund': {
        const fact = { kind: 'refund', paymentId, refundId, refund: { state: 'done', amountFen: cure.entry.amountFen } } as const
        const outcome = await ledger.state({ channel, paymentId, fact, source: `bill of ${date}`, inboxId: undefined, at: clock.now() })
        return outcome === 'quarantined' ? quarantined : taken('settled')
      }
      case 'ask_refund': {
        const isSettled = (await desk.askNow(refundId)) === 'settled'
        return taken(isSettled ? 'the platform was asked, and the refund is settled' : 'the platform was asked: the refund is still under way there')
      }
      case 'ask_trade': {
        const finding = await inquiry.recheck(cure.payment)
        return finding === 'paid'
          ? taken('the platform confirms it: look for it in the bill of the day before or after')
          : left(`the platform was asked and says ${finding}: ask it for a new bill, then a person decides`)
      }
      case 'look':
        return left(cure.at)
    }
  }

  async function keep(channel: ChannelName, date: string, billEntries: number, matched: number, differences: number): Promise<void> {
    const row = { reconciliationId: `${channel}:${date}`, at: clock.now(), billEntries, matched, differences }
    await store.transact(async (tx) => {
      const known = await tx.lock(reconciliations, [row.reconciliationId])
      if (known.size === 0) tx.insert(reconciliations, [row])
      else tx.update(reconciliations, [row])
    })
  }

  async function reconcileYesterday(): Promise<void> {
    const date = dueDay(clock.now())
    const known = await store.read.get(
      reconciliations,
      [...channels.keys()].map((name) => `${name}:${date}`),
    )
    for (const name of channels.keys()) {
      if (known.has(`${name}:${date}`)) continue
      const { outcome, differences } = await reconcile({ channel: wireChannels[name], date })
      if (outcome === 'RECONCILE_OUTCOME_DONE') log.info({ channel: name, date, differences: differences.length }, 'a bill was reconciled')
      else log.warn({ channel: name, date, outcome }, 'a bill could not be reconciled yet; it is tried again')
    }
  }

  const onError = (error: unknown): void => log.warn({ error }, 'the daily reconciliation failed; it is tried again')
  return { reconcile, daily: repeat({ clock, everyMs: lookEveryMs, run: reconcileYesterday, onError }) }
}

function ended(outcome: ReconcileOutcome): ReconcileResponse {
  return { outcome, billEntries: 0, matched: 0, differences: [], paidFen: 0, refundedFen: 0 }
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let index = 0; index < items.length; index += chunkSize) yield items.slice(index, index + chunkSize)
}

/** What was done about a difference, and whether that is all that happens by itself. */
type Step = Pick<Difference, 'nextStep' | 'needsPerson'>

function taken(nextStep: string): Step {
  return { nextStep, needsPerson: false }
}

function left(nextStep: string): Step {
  return { nextStep, needsPerson: true }
}

const quarantined = left('in the quarantine: a person decides')
