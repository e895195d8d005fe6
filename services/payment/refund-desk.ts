import type { Channel, ChannelName, RefundReport } from '@suanpan/channels'
import { topics } from '@suanpan/contracts/topics'
import type { DeliveredMessage, Subscription, Verdict } from '@suanpan/runtime/bus'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'
import type { Ledger } from './ledger.ts'
import { pauseAfter, type Pauses } from './pauses.ts'
import { decideOpenRefund, surplusRefundId, type KnownRefund, type OpenRefundDecision, type RefundRequest } from './refund-rules.ts'
import type { Statement } from './settlement.ts'
import { payments, refunds, type PaymentRow, type RefundRow } from './tables.ts'

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
  /** Asks the platforms for what is waiting, and about what is under way. */
  readonly worker: Repetition
  /** Asks about one refund now, whatever its state: an operator wants to know. */
  askNow(refundId: string): Promise<'settled' | 'open'>
}

/** Refunds asked for at once: a platform limits how often it may be asked. */
const pageSize = 20

/** Messages of one batch. */
const maxBatch = 100

export function createRefundDesk({ store, channels, ledger, clock, log, marks, everyMs, pauses }: RefundDeskOptions): RefundDesk {
  function open(request: RefundRequest): Promise<OpenRefundDecision> {
    return store.transact(async (tx) => {
      const refund = (await tx.lock(refunds, [request.refundId])).get(request.refundId)
      const payment = (await tx.lock(payments, [request.paymentId])).get(request.paymentId)
      const decision = decideOpenRefund(refund, payment, request)
      if (decision.kind === 'opened') {
        tx.insert(refunds, [decision.refund])
        tx.update(payments, [decision.payment])
      }
      return decision
    })
  }

  /** Asked for in order, one transaction each: refunds are rare, and two of one payment depend on each other. */
  async function openAll(messages: readonly DeliveredMessage[], requestOf: (message: DeliveredMessage) => RefundRequest): Promise<Verdict[]> {
    const verdicts: Verdict[] = []
    for (const message of messages) {
      const decision = await open(requestOf(message))
      marks.mark(`payment.refund.${decision.kind}`)
      verdicts.push(decision.kind === 'impossible' ? { kind: 'retry', because: decision.because } : { kind: 'done' })
    }
    return verdicts
  }

  async function claimDue(): Promise<RefundRow[]> {
    const now = clock.now()
    const due = await store.read.query('SELECT refund_id FROM payment_refund WHERE ask_at <= $1 ORDER BY ask_at LIMIT $2', [now, pageSize])
    return due.length === 0
      ? []
      : claim(
          due.map((row) => row['refund_id'] as string),
          ({ askAt }) => askAt !== null && askAt <= now,
        )
  }

  /**
   * Committed before the platform is asked: a process that dies right after leaves a refund that looks asked for, and the
   * next one begins with a query. Answers the refunds as they were before.
   */
  function claim(refundIds: readonly string[], isWanted: (refund: RefundRow) => boolean): Promise<RefundRow[]> {
    const now = clock.now()
    return store.transact(async (tx) => {
      const wanted = [...(await tx.lock(refunds, refundIds)).values()].filter(isWanted)
      tx.update(
        refunds,
        wanted.map((refund) => {
          const tries = refund.tries + 1
          // What is stuck is asked about when a person wants to know, and not by itself.
          return refund.state === 'stuck'
            ? { ...refund, tries }
            : { ...refund, state: 'asked' as const, tries, askAt: now + pauseAfter(pauses.refundMs, refund.tries) }
        }),
      )
      return wanted
    })
  }

  /** The first time asks for it; from then on the platform is queried first, and asked again only for what it does not know. */
  async function pursue(refund: RefundRow): Promise<'settled' | 'open'> {
    const payment = (await store.read.get(payments, [refund.paymentId])).get(refund.paymentId)
    const channel = payment === undefined ? undefined : channels.get(payment.channel)
    if (payment === undefined || channel === undefined) return 'open'
    if (refund.tries > 0) {
      const known = await channel.queryRefund(refund.paymentId, refund.refundId)
      if (known.kind !== 'ok') return 'open'
      if (known.value.state !== 'not_found') return state(payment, refund, known.value, 'query')
    }
    const { paymentId, refundId, amountFen, reason } = refund
    const answer = await channel.refund({ paymentId, refundId, amountFen, totalFen: payment.amountFen, reason })
    switch (answer.kind) {
      case 'ok':
        return state(payment, refund, answer.value, 'answer')
      case 'rejected':
        await ledger.state(statement(payment, { kind: 'refund_refused', paymentId, refundId, code: answer.code }, 'answer'))
        return 'settled'
      case 'unknown':
        return 'open'
    }
  }

  async function state(payment: PaymentRow, { paymentId, refundId }: RefundRow, report: KnownRefund, source: string): Promise<'settled' | 'open'> {
    if (report.state === 'processing') return 'open'
    await ledger.state(statement(payment, { kind: 'refund', paymentId, refundId, refund: report satisfies RefundReport }, source))
    return 'settled'
  }

  function statement({ channel, paymentId }: PaymentRow, fact: Statement['fact'], source: string): Statement {
    return { channel, paymentId, fact, source, inboxId: undefined, at: clock.now() }
  }

  return {
    subscriptions: [
      {
        group: 'payment.refund',
        topics: [topics.orderRefundRequested.name],
        publisher: topics.orderRefundRequested.publisher,
        maxBatch,
        handle: (messages) =>
          openAll(messages, ({ body, traceparent }) => {
            const { refundId, paymentId, platformFen, reason } = topics.orderRefundRequested.body.decode(body)
            return { refundId, paymentId, amountFen: platformFen, reason, at: clock.now(), traceparent }
          }),
      },
      {
        group: 'payment.surplus',
        topics: [topics.orderPaymentSurplus.name],
        publisher: topics.orderPaymentSurplus.publisher,
        maxBatch,
        handle: (messages) =>
          openAll(messages, ({ body, traceparent }) => {
            const { paymentId, reason } = topics.orderPaymentSurplus.body.decode(body)
            return { refundId: surplusRefundId(paymentId), paymentId, amountFen: undefined, reason, at: clock.now(), traceparent }
          }),
      },
    ],
    worker: repeat({
      clock,
      everyMs,
      run: async () => {
        const claimed = await claimDue()
        await Promise.all(
          claimed.map((refund) =>
            pursue(refund).catch((error: unknown) => log.warn({ error, refund: refund.refundId }, 'a refund could not be pursued; it is taken up again')),
          ),
        )
      },
      onError: (error) => log.warn({ error }, 'refunds that are due could not be read; they are read again'),
    }),
    askNow: async (refundId) => {
      const [claimed] = await claim([refundId], ({ state: at }) => at !== 'done' && at !== 'failed')
      return claimed === undefined ? 'settled' : pursue({ ...claimed, tries: Math.max(1, claimed.tries) })
    },
  }
}
