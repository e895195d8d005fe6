import type { Channel, ChannelName, KnownRefund, RefundReport } from '@suanpan/channels'
import { topics } from '@suanpan/contracts/topics'
import { subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { lockOne, readOne, type Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock, Repetition } from '@suanpan/runtime/time'
import { workOffDue } from './due.ts'
import type { Ledger } from './ledger.ts'
import { pauseAfter, type Pauses } from './pauses.ts'
import { decideOpenRefund, decideTurn, surplusRefundId, type OpenRefundDecision, type RefundRequest } from './refund-rules.ts'
import type { Report } from './settlement.ts'
import { isOver } from './states.ts'
import { payments, refunds, type RefundRow } from './tables.ts'

export interface RefundDeskOptions {
  readonly store: Store
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly marks: Marks
  readonly everyMs: number
  readonly pauses: Pauses
}

export interface RefundDesk {
  readonly subscriptions: readonly Subscription[]
  /** Ask each platform for what is waiting, and about what is under way. */
  readonly workers: readonly Repetition[]
  /** Asks about one refund now, whatever its state: an operator wants to know. What is over is asked about, and never asked for again. */
  askNow(refundId: string): Promise<Pursued>
}

/**
 * `settled`: it is over, and the platform says so, too. `stuck`: the platform says what a person has to look at, or nothing
 * new of what a person looks at already. `denied`: it is done here, and the platform has not done it. `open`: it is under
 * way, or nothing is known now.
 */
export type Pursued = 'settled' | 'stuck' | 'denied' | 'open'

/** Messages of one batch. */
const maxBatch = 100

export function createRefundDesk({ store, channels, ledger, clock, log, marks, everyMs, pauses }: RefundDeskOptions): RefundDesk {
  function open(request: RefundRequest): Promise<OpenRefundDecision> {
    return store.transact(async (tx) => {
      const refund = await lockOne(tx, refunds, request.refundId)
      const payment = await lockOne(tx, payments, request.paymentId)
      const decision = decideOpenRefund(refund, payment, request)
      if (decision.kind === 'opened') {
        tx.insert(refunds, [decision.refund])
        tx.update(payments, [decision.payment])
      }
      return decision
    })
  }

  /** Asked for in order, one transaction each: refunds are rare, and two of one payment depend on each other. */
  async function openAll<Body>(messages: readonly ReadMessage<Body>[], askedBy: (body: Body) => Omit<RefundRequest, 'at' | 'traceparent'>): Promise<Verdict[]> {
    const verdicts: Verdict[] = []
    for (const { body, traceparent } of messages) {
      const decision = await open({ ...askedBy(body), at: clock.now(), traceparent })
      marks.mark(`payment.refund.${decision.kind}`)
      verdicts.push(decision.kind === 'impossible' ? { kind: 'retry', because: decision.because } : { kind: 'done' })
    }
    return verdicts
  }

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
   * and no person is believed who says to have given it back. False: put off, or somebody else has moved it meanwhile.
   */
  function takeTurn(before: RefundRow, { betweenRefundsMs }: Channel): Promise<boolean> {
    return store.transact(async (tx) => {
      const refund = await lockOne(tx, refunds, before.refundId)
      const payment = await lockOne(tx, payments, before.paymentId)
      const expected = before.state === 'stuck' ? 'stuck' : 'asked'
      if (refund?.state !== expected || payment === undefined) return false
      const pausesMs = { betweenRefundsMs, askAgainAfterMs: pauseAfter(pauses.refundMs, 0) }
      const decision = decideTurn(refund, payment, before, pausesMs, clock.now())
      marks.mark(`payment.refund.${decision.kind}`)
      tx.update(refunds, [decision.refund])
      if (decision.kind === 'put_off') return false
      tx.update(payments, [decision.payment])
      return true
    })
  }

  /**
   * The first time asks for it; from then on the platform is queried first, and asked again, under the same number, only
   * for what it does not know. A process that died after claiming leaves a refund that looks asked for: it is queried.
   */
  async function pursue(refund: RefundRow): Promise<Pursued> {
    const payment = await readOne(store.read, payments, refund.paymentId)
    const channel = channels.get(refund.channel)
    if (payment === undefined || channel === undefined) return unknownOf(refund)
    const { paymentId, refundId, amountFen, reason } = refund
    if (refund.tries > 0) {
      const known = await query(channel, refund)
      if (known !== 'not_found' && known !== 'perhaps_not_found') return known
    }
    if (!(await takeTurn(refund, channel))) return 'open'
    const asked: RefundRow = { ...refund, state: 'asked' }
    const answer = await channel.refund({ paymentId, refundId, amountFen, totalFen: payment.amountFen, reason })
    switch (answer.kind) {
      case 'ok':
        return state(asked, answer.value, 'answer')
      case 'rejected': {
        // An earlier try may have reached the platform after all: only what it does not know was surely not done.
        const known = await query(channel, asked)
        if (known === 'perhaps_not_found') return 'open'
        return known === 'not_found' ? tell(asked, { kind: 'refund_refused', paymentId, refundId, code: answer.code }, 'answer') : known
      }
      case 'unknown':
        return 'open'
    }
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

  /** What is over and due was hinted at: asked about until the platform says an end, or that there is none. */
  async function pursueDue(refund: RefundRow): Promise<Pursued> {
    if (!isOver(refund.state)) return pursue(refund)
    const pursued = await recheck(refund)
    if (pursued !== 'open') await rest(refund)
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
    subscriptions: [
      subscriptionTo(topics.orderRefundRequested, {
        group: 'payment.refund',
        maxBatch,
        handle: (messages) => openAll(messages, ({ refundId, paymentId, platformFen, reason }) => ({ refundId, paymentId, amountFen: platformFen, reason })),
      }),
      subscriptionTo(topics.orderPaymentSurplus, {
        group: 'payment.surplus',
        maxBatch,
        handle: (messages) => openAll(messages, ({ paymentId, reason }) => ({ refundId: surplusRefundId(paymentId), paymentId, amountFen: undefined, reason })),
      }),
    ],
    workers: [...channels.keys()].map((channel) =>
      workOffDue({ store, table: refunds, dueColumn: 'ask_at', dueAtOf: ({ askAt }) => askAt, movedOn, pursue: pursueDue, channel, clock, log, everyMs }),
    ),
    askNow: async (refundId) => {
      const refund = await claim(refundId)
      // None of ours: nobody here can settle it.
      if (refund === undefined) return 'stuck'
      return isOver(refund.state) ? recheck(refund) : pursue({ ...refund, tries: Math.max(1, refund.tries) })
    },
  }
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
