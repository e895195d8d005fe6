import { hash } from 'node:crypto'
import type { ChannelName, NotificationFact } from '@suanpan/channels'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import { notedMessage, paidMessage, refundSettledMessage } from './messages.ts'
import { decideByHand, decideRefund, decideRefused, type Refusal, type RefundDecision } from './refund-rules.ts'
import { decideTrade } from './rules.ts'
import type { QuarantineReason } from './states.ts'
import type { InboxRow, PaymentOrderRow, PaymentRow, QuarantineRow, RefundRow } from './tables.ts'

/** Something that is known of a payment or a refund, and how it came to be known. */
export interface Report {
  readonly channel: ChannelName
  readonly paymentId: string
  readonly fact: NotificationFact | RefusedFact | ByHandFact
  /** For people: `notification alipay:2026…`, `query`, `bill of 2026-11-26`, `its time is over`, `by hand`. */
  readonly source: string
  readonly at: number
}

interface RefusedFact extends Refusal {
  readonly kind: 'refund_refused'
  readonly paymentId: string
  readonly refundId: string
}

/** A person says that the money of this refund was given back. */
interface ByHandFact {
  readonly kind: 'refund_by_hand'
  readonly paymentId: string
  readonly refundId: string
}

/** A notification in the inbox. What it says is what its row says: a second one under the same number does not count. */
export interface Receipt {
  readonly inboxId: string
  readonly at: number
}

export type Statement = Report | Receipt

/** The rows that statements are about, by their keys. */
export interface Books {
  readonly inbox: Map<string, InboxRow>
  readonly refunds: Map<string, RefundRow>
  readonly payments: Map<string, PaymentRow>
  readonly orders: Map<string, PaymentOrderRow>
}

/** `already_…`: known before. `dropped`: a notification that was settled before, by another process or an earlier try. */
export type StatementOutcome =
  | 'paid'
  | 'closed'
  | 'already_paid'
  | 'already_closed'
  | 'refund_done'
  | 'refund_failed'
  | 'already_by_hand'
  | 'quarantined'
  | 'nothing'
  | 'dropped'

/** What a batch of statements leads to. The books given are changed on the way. */
export interface Settlement {
  readonly outcomes: readonly StatementOutcome[]
  readonly messages: readonly OutgoingMessage[]
  readonly changed: Books
  readonly quarantined: readonly QuarantineRow[]
}

/** What a statement says. Undefined: a notification that is settled. */
export function reportOf(statement: Statement, inbox: Books['inbox']): Report | undefined {
  if (!('inboxId' in statement)) return statement
  const row = inbox.get(statement.inboxId)
  if (row?.state !== 'received') return undefined
  const { inboxId, channel, paymentId, fact } = row
  return { channel, paymentId, fact, source: `notification ${inboxId}`, at: statement.at }
}

/**
 * Decides one statement after the other on the running rows. Pure: on rows that were merely read it tells which messages
 * will follow, on locked rows it is the decision itself.
 */
export function decideSettlement(statements: readonly Statement[], books: Books): Settlement {
  const messages = new Map<string, OutgoingMessage>()
  const changed: Books = { inbox: new Map(), refunds: new Map(), payments: new Map(), orders: new Map() }
  const quarantined = new Map<string, QuarantineRow>()

  function keep(rows: { readonly payment?: PaymentRow; readonly refund?: RefundRow; readonly order?: PaymentOrderRow }): void {
    const { payment, refund, order } = rows
    if (payment !== undefined) put(books.payments, changed.payments, payment.paymentId, payment)
    if (refund !== undefined) put(books.refunds, changed.refunds, refund.refundId, refund)
    if (order !== undefined) put(books.orders, changed.orders, order.orderId, order)
  }

  function say(message: OutgoingMessage): void {
    messages.set(message.id, message)
  }

  function distrust(report: Report, payment: PaymentRow | undefined, reason: QuarantineReason, detail: string): StatementOutcome {
    const { channel, paymentId, fact, source, at } = report
    const refundId = fact.kind === 'trade' ? '' : fact.refundId
    // The same thing said again is the same entry, whoever says it: a person has it, or has decided. Short, because it goes
    // into paths, cursors and message ids.
    const said = [channel, paymentId, reason, refundId === '' ? detail : refundId].join('\n')
    const quarantineId = `qt_${hash('sha256', said, 'hex').slice(0, 26)}`
    const row: QuarantineRow = {
      quarantineId,
      channel,
      paymentId,
      orderId: payment?.orderId ?? '',
      refundId,
      reason,
      detail: `${source}: ${detail}`,
      at,
      resolution: '',
      resolvedAt: 0,
      resolvedBy: '',
      note: '',
    }
    quarantined.set(quarantineId, row)
    say(notedMessage(row, 'quarantined', reason, payment?.traceparent ?? ''))
    return 'quarantined'
  }

  function decideTradeReport(report: Report, { trade }: Extract<NotificationFact, { kind: 'trade' }>): StatementOutcome {
    const { paymentId, source, at } = report
    const payment = books.payments.get(paymentId)
    if (payment === undefined) return distrust(report, undefined, 'unknown_payment', `trade ${paymentId} is none of ours`)
    if (payment.channel !== report.channel) return distrust(report, payment, 'channel_differs', `it was begun over ${payment.channel}`)
    const decision = decideTrade(payment, trade, source, at)
    switch (decision.kind) {
      case 'nothing':
        if (trade.state === 'unpaid') return 'nothing'
        return payment.state === 'paid' ? 'already_paid' : 'already_closed'
      case 'quarantine':
        return distrust(report, payment, decision.reason, decision.detail)
      case 'moved': {
        if (decision.payment.state !== 'paid') {
          keep({ payment: decision.payment })
          return 'closed'
        }
        const order = books.orders.get(payment.orderId)
        if (order === undefined) throw new Error(`payment ${paymentId} is of order ${payment.orderId}, which has no row`)
        keep({ payment: decision.payment, order: { ...order, capturedFen: order.capturedFen + payment.amountFen, changedAt: at } })
        say(paidMessage(decision.payment, at))
        return 'paid'
      }
    }
  }

  function decideRefundReport(report: Report, fact: Exclude<Report['fact'], { kind: 'trade' }>): StatementOutcome {
    const { at } = report
    const refund = books.refunds.get(fact.refundId)
    const payment = books.payments.get(report.paymentId)
    const order = books.orders.get(payment?.orderId ?? '')
    if (refund === undefined || payment === undefined || order === undefined || refund.paymentId !== payment.paymentId || payment.channel !== report.channel) {
      return distrust(report, payment, 'unknown_refund', `refund ${fact.refundId} of trade ${report.paymentId} is none of ours`)
    }
    const decision = decideRefundFact(fact, refund, payment, order, at)
    switch (decision.kind) {
      case 'nothing':
      case 'already_by_hand':
        return decision.kind
      case 'waits':
        keep({ refund: decision.refund })
        return 'nothing'
      case 'quarantine':
        keep(decision.refund === undefined ? {} : { refund: decision.refund })
        return distrust(report, payment, decision.reason, decision.detail)
      case 'done':
      case 'failed':
        keep(decision)
        say(refundSettledMessage(decision.refund, at))
        return decision.kind === 'done' ? 'refund_done' : 'refund_failed'
    }
  }

  const outcomes = statements.map((statement): StatementOutcome => {
    const report = reportOf(statement, books.inbox)
    if (report === undefined) return 'dropped'
    const { fact } = report
    const outcome = fact.kind === 'trade' ? decideTradeReport(report, fact) : decideRefundReport(report, fact)
    const row = 'inboxId' in statement ? books.inbox.get(statement.inboxId) : undefined
    if (row !== undefined) {
      put(books.inbox, changed.inbox, row.inboxId, { ...row, state: outcome === 'quarantined' ? 'quarantined' : 'settled', settledAt: statement.at })
    }
    return outcome
  })
  return { outcomes, messages: [...messages.values()], changed, quarantined: [...quarantined.values()] }
}

function decideRefundFact(
  fact: Exclude<Report['fact'], { kind: 'trade' }>,
  refund: RefundRow,
  payment: PaymentRow,
  order: PaymentOrderRow,
  at: number,
): RefundDecision {
  switch (fact.kind) {
    case 'refund':
      return decideRefund(refund, payment, order, fact.refund, at)
    case 'refund_refused':
      return decideRefused(refund, payment, order, fact, at)
    case 'refund_by_hand':
      return decideByHand(refund, payment, order, at)
  }
}

function put<Row>(books: Map<string, Row>, changed: Map<string, Row>, key: string, row: Row): void {
  books.set(key, row)
  changed.set(key, row)
}
