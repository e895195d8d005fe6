import type { Channel, ChannelName, KnownRefund, RefundReport } from '@suanpan/channels'
import { lockOne, type Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock, Repetition } from '@suanpan/runtime/time'
import { refundOverdueAfterMs } from './attention.ts'
import { refundTakesAtMostMs } from './books.ts'
import { workOffDue } from './due.ts'
import type { Ledger } from './ledger.ts'
import { pauseAfter, type Pauses } from './pauses.ts'
import { decideTurn, wasAskedLately } from './refund-rules.ts'
import type { Report } from './settlement.ts'
import { isOver } from './states.ts'
import { payments, refunds, type PaymentRow, type RefundRow } from './tables.ts'

export interface RefundAskingOptions {
  readonly store: Store
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly marks: Marks
  readonly everyMs: number
  readonly pauses: Pauses
}

/**
 * `settled`: it is over, and the platform says so, too. `stuck`: the platform says what a person has to look at, or nothing
 * new of what a person looks at already. `denied`: it is done here, and the platform has not done it. `open`: it is under
 * way, or nothing is known now.
 */
export type Pursued = 'settled' | 'stuck' | 'denied' | 'open'

/** Platforms are asked for refunds, and about them. What they answer goes into the ledger before anybody acts on it. */
export interface RefundAsking {
  /** Ask each platform for what is waiting, and about what is under way. */
  readonly workers: readonly Repetition[]
  /** Asks about one refund now, whatever its state: an operator wants to know. What is over is asked about, and never asked for again. */
  askNow(refundId: string): Promise<Pursued>
}

export function createRefundAsking({ store, channels, ledger, clock, log, marks, everyMs, pauses }: RefundAskingOptions): RefundAsking {
  function movedOn(refund: RefundRow, now: number): RefundRow {
    const tries = refund.tries + 1
    if (isOver(refund.state)) return { ...refund, tries, askAt: now + pauseAfter(pauses.refundMs, refund.tries) }
    // What is stuck is asked about when a person wants to know, and not by itself.
    if (refund.state === 'stuck') return { ...refund, tries, askAt: null }
    return { ...refund, state: 'asked', tries, askAt: now + pauseAfter(pauses.refundMs, refund.tries) }
  }

  /** Counted before the platform is asked, as in `workOffDue`; answers the refund as it was. */
  function claim(refundId: string): Promise<RefundRow | undefined> {
    const now = clock.now()
    return store.transact(async (tx) => {
      const refund = await lockOne(tx, refunds, refundId)
      if (refund !== undefined && !isOver(refund.state)) tx.update(refunds, [movedOn(refund, now)])
      return refund
    })
  }

  /**
   * Before a platform is asked for a refund: whether it is this one's turn now, as written down before it is asked. What was
   * stuck the platform may do from here on, whatever becomes of the answer and of this process: it is asked about by itself,
   * and no person is believed who says to have given it back. Answers the payment as it was before; undefined: put off, or
   * somebody else has moved it meanwhile.
   */
  function takeTurn(before: RefundRow, { betweenRefundsMs }: Channel): Promise<PaymentRow | undefined> {
    return store.transact(async (tx) => {
      const refund = await lockOne(tx, refunds, before.refundId)
      const payment = await lockOne(tx, payments, before.paymentId)
      const expected = before.state === 'stuck' ? 'stuck' : 'asked'
      if (refund?.state !== expected || payment === undefined) return undefined
      const pausesMs = { betweenRefundsMs, askAgainAfterMs: pauseAfter(pauses.refundMs, 0) }
      const decision = decideTurn(refund, payment, before, pausesMs, clock.now())
      marks.mark(`payment.refund.${decision.kind}`)
      if (decision.kind === 'overtaken') return undefined
      tx.update(refunds, [decision.refund])
      if (decision.kind === 'put_off') return undefined
      tx.update(payments, [decision.payment])
      return payment
    })
  }

  /**
   * The first time asks for it; from then on the platform is queried first, and asked again, under the same number, only
   * for what it does not know. A process that died after claiming leaves a refund that looks asked for: it is queried.
   */
  async function pursue(refund: RefundRow, { isQueriedFirst }: { readonly isQueriedFirst: boolean }): Promise<Pursued> {
    const channel = channels.get(refund.channel)
    if (channel === undefined) return unknownOf(refund)
    const { paymentId, refundId, amountFen, reason } = refund
    if (isQueriedFirst) {
      const known = await query(channel, refund)
      if (known !== 'not_found' && known !== 'perhaps_not_found') return known
    }
    const payment = await takeTurn(refund, channel)
    if (payment === undefined) return 'open'
    const asked: RefundRow = { ...refund, state: 'asked' }
    const answer = await channel.refund({ paymentId, refundId, amountFen, totalFen: payment.amountFen, reason })
    switch (answer.kind) {
      case 'ok':
        return state(asked, answer.value, 'answer')
      case 'rejected': {
        const mayBeDone = wasAskedLately(payment, refundId, pauses.refundUnheardMs, clock.now())
        return endRefused(channel, asked, { code: answer.code, mayBeDone, wasStuck: refund.state === 'stuck' })
      }
      case 'unknown':
        return 'open'
    }
  }

  /**
   * An earlier try may have reached the platform after all: only what it does not know, says so with its signature, and would
   * have heard of by now, was surely not done. Of anything else it is asked again; but not without end. What was stuck is a
   * person's case again at once: that needs no less proof, and no wait.
   */
  async function endRefused(channel: Channel, refund: RefundRow, { code, mayBeDone, wasStuck }: RefusedAsk): Promise<Pursued> {
    const { paymentId, refundId, createdAt } = refund
    const known = await query(channel, refund)
    if (known !== 'not_found' && known !== 'perhaps_not_found') return known
    const isProven = known === 'not_found' && !mayBeDone
    if (!isProven && !wasStuck && clock.now() < createdAt + refundOverdueAfterMs) return 'open'
    return tell(refund, { kind: 'refund_refused', paymentId, refundId, code, isProven }, 'answer')
  }

  /** Whether the platform says the same of what is over here. */
  async function recheck(refund: RefundRow): Promise<Pursued> {
    const answer = await channels.get(refund.channel)?.queryRefund(refund.paymentId, refund.refundId)
    if (answer?.kind !== 'ok') return 'open'
    switch (answer.value.state) {
      case 'done':
        // Where the amount, or the end itself, is another one than ours, the ledger quarantines it.
        return state(refund, answer.value, 'query')
      case 'closed':
        return refund.state === 'failed' ? 'settled' : 'denied'
      case 'not_found':
      case 'abnormal':
        // Of what failed here it has said something else: in a notification, or in a bill.
        return refund.state === 'failed' ? 'stuck' : 'denied'
      case 'processing':
      case 'perhaps_not_found':
        return 'open'
    }
  }

  /** What is over and due was hinted at: asked about until the platform says an end, or that there is none, or none can come any more. */
  async function pursueDue(refund: RefundRow): Promise<Pursued> {
    if (!isOver(refund.state)) return pursue(refund, { isQueriedFirst: refund.tries > 0 })
    const pursued = await recheck(refund)
    if (pursued !== 'open' || clock.now() >= refund.changedAt + refundTakesAtMostMs) await rest(refund)
    return pursued
  }

  function rest({ refundId }: RefundRow): Promise<void> {
    return store.transact(async (tx) => {
      const refund = await lockOne(tx, refunds, refundId)
      // One that is due was hinted at once more.
      if (refund !== undefined && isOver(refund.state) && (refund.askAt ?? 0) > clock.now()) tx.update(refunds, [{ ...refund, askAt: null }])
    })
  }

  async function query(channel: Channel, refund: RefundRow): Promise<Pursued | Unheard['state']> {
    const answer = await channel.queryRefund(refund.paymentId, refund.refundId)
    if (answer.kind !== 'ok') return unknownOf(refund)
    return isUnheard(answer.value) ? answer.value.state : state(refund, answer.value, 'query')
  }

  async function state(refund: RefundRow, report: KnownRefund, source: string): Promise<Pursued> {
    const { paymentId, refundId } = refund
    // What was stuck moves again: the ledger has to know, as long as a person would be believed.
    if (report.state === 'processing' && refund.state !== 'stuck') return 'open'
    const pursued = await tell(refund, { kind: 'refund', paymentId, refundId, refund: report }, source)
    return report.state === 'processing' ? 'open' : pursued
  }

  async function tell({ channel, paymentId }: RefundRow, fact: Report['fact'], source: string): Promise<Pursued> {
    const outcome = await ledger.state({ channel, paymentId, fact, source, at: clock.now() })
    return outcome === 'quarantined' ? 'stuck' : 'settled'
  }

  return {
    workers: [...channels.keys()].map((channel) =>
      workOffDue({ store, table: refunds, dueColumn: 'ask_at', dueAtOf: ({ askAt }) => askAt, movedOn, pursue: pursueDue, channel, clock, log, everyMs }),
    ),
    askNow: async (refundId) => {
      const refund = await claim(refundId)
      // None of ours: nobody here can settle it.
      if (refund === undefined) return 'stuck'
      return isOver(refund.state) ? recheck(refund) : pursue(refund, { isQueriedFirst: true })
    },
  }
}

/** A platform said no. `mayBeDone`: it was asked so lately that it may have done it then, and not say so yet. */
interface RefusedAsk {
  readonly code: string
  readonly mayBeDone: boolean
  readonly wasStuck: boolean
}

/** What a platform answers about a refund of which it has not heard. */
type Unheard = Exclude<RefundReport, KnownRefund>

function isUnheard(report: RefundReport): report is Unheard {
  return report.state === 'not_found' || report.state === 'perhaps_not_found'
}

/** Nothing is known now. What waits for a person goes on waiting. */
function unknownOf({ state }: RefundRow): Pursued {
  return state === 'stuck' ? 'stuck' : 'open'
}
