import type { Channel, ChannelName, TradeReport } from '@suanpan/channels'
import { createNews, type Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { Ledger } from './ledger.ts'
import { overAt, type Pauses } from './pauses.ts'
import type { KnownTrade } from './rules.ts'
import { isOpen } from './states.ts'
import type { PaymentRow } from './tables.ts'

export interface InquiryOptions {
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  readonly pauses: Pauses
}

/** A platform that is not configured any more has perhaps thousands of attempts: one line in this time tells of them. */
const quietMs = 600_000

/**
 * What became of an attempt, after the platform was asked and the ledger has it. `unseen`: the platform does not know
 * the trade, and its time is not over: a customer may still open it. `denied`: it is paid here, and the platform does not
 * say so. `unknown`: nothing can be said now.
 */
export type Finding = 'paid' | 'closed' | 'unpaid' | 'unseen' | 'quarantined' | 'denied' | 'unknown'

/** Questions to platforms about attempts. What they answer goes into the ledger before anybody acts on it. */
export interface Inquiry {
  /** Asks once, unless the end is known. */
  ask(payment: PaymentRow): Promise<Finding>
  /** Asks once, also about what has ended: an operator doubts it. */
  recheck(payment: PaymentRow): Promise<Finding>
  /** Query → close at the platform → query: only what the platform says afterwards counts. */
  close(payment: PaymentRow): Promise<Finding>
}

export function createInquiry({ channels, ledger, clock, log, pauses }: InquiryOptions): Inquiry {
  const isNews = createNews(clock, quietMs)

  async function ask(payment: PaymentRow): Promise<Finding> {
    if (!isOpen(payment.state)) return payment.state === 'paid' ? 'paid' : 'closed'
    return recheck(payment)
  }

  async function recheck(payment: PaymentRow): Promise<Finding> {
    const channel = channels.get(payment.channel)
    if (channel === undefined) {
      const facts = { channel: payment.channel, payment: payment.paymentId }
      if (isNews(payment.channel)) log.warn(facts, 'a payment was begun over a platform that is not configured: it cannot be closed, nor its order cancelled')
      return 'unknown'
    }
    const answer = await channel.query(payment.paymentId)
    if (answer.kind !== 'ok') return 'unknown'
    return conclude(payment, answer.value)
  }

  async function conclude(payment: PaymentRow, report: TradeReport): Promise<Finding> {
    // Nothing moves what is paid; whether the platform agrees is what was asked.
    if (payment.state === 'paid' && report.state !== 'paid') return report.state === 'closed' && isAllBack(payment) ? 'paid' : 'denied'
    switch (report.state) {
      case 'unpaid':
        return 'unpaid'
      case 'not_found':
        // Not found is no proof, as a code may be scanned any moment; but only until the trade's own time is over.
        return clock.now() >= overAt(payment, pauses) ? state(payment, { state: 'closed' }, 'its time is over, and the platform knows nothing of it') : 'unseen'
      case 'closed':
      case 'paid':
        return state(payment, report, 'query')
    }
  }

  async function state(payment: PaymentRow, trade: KnownTrade, source: string): Promise<Finding> {
    const { channel, paymentId } = payment
    const outcome = await ledger.state({ channel, paymentId, fact: { kind: 'trade', paymentId, trade }, source, at: clock.now() })
    switch (outcome) {
      // What the ledger says counts: a notification may have been faster than the platform's answer.
      case 'paid':
      case 'already_paid':
        return 'paid'
      case 'closed':
      case 'already_closed':
        return 'closed'
      case 'quarantined':
        return 'quarantined'
      case 'nothing':
        return 'unpaid'
      case 'refund_done':
      case 'refund_failed':
      case 'already_by_hand':
      case 'dropped':
        throw new Error(`what a query said about payment ${paymentId} ended as ${outcome}`)
    }
  }

  async function close(payment: PaymentRow): Promise<Finding> {
    const found = await ask(payment)
    if (found !== 'unpaid' && found !== 'unseen') return found
    // Whatever the platform answers to this, the second question decides.
    await channels.get(payment.channel)?.close(payment.paymentId)
    return ask(payment)
  }

  return { ask, recheck, close }
}

/** Alipay calls closed what was refunded in full, and may leave out that it was paid before. */
function isAllBack({ amountFen, refundingFen, refundedFen }: PaymentRow): boolean {
  return refundingFen + refundedFen === amountFen
}
