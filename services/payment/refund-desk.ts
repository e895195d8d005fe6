import { topics } from '@suanpan/contracts/topics'
import { subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { lockOne, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { decideOpenRefund, surplusRefundId, type OpenRefundDecision, type RefundRequest } from './refund-rules.ts'
import { payments, refunds } from './tables.ts'

export interface RefundDeskOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
}

/** Messages of one batch. */
const maxBatch = 100

/** Where refunds are opened: an order asks for them, or the money is a surplus. From then on they are asked about by themselves. */
export function createRefundDesk({ store, clock, marks }: RefundDeskOptions): readonly Subscription[] {
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

  return [
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
  ]
}
