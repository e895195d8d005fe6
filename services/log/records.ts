import { firstTold, topics, type Topic } from '@suanpan/contracts/topics'

/** What is recorded of a message. */
export interface Recorded {
  readonly messageId: string
  readonly topic: string
  readonly orderId: string
  readonly at: number
  /** Canonical JSON. */
  readonly detail: string
}

export interface Message {
  readonly id: string
  readonly topic: string
  readonly body: Uint8Array
  readonly at: number
}

interface Facts {
  readonly [fact: string]: string | number | boolean
}

/** One topic's way from body to record. */
interface Recorder {
  readonly topic: string
  readonly publisher: string
  readonly record: (message: Message) => Recorded
}

/** The order, and the facts that are worth keeping for ever. No buyers. */
function recorder<Body extends { readonly orderId: string }>(topic: Topic<Body>, facts: (body: Body) => Facts): Recorder {
  const record = ({ id, body, at }: Message): Recorded => {
    const decoded = topic.body.decode(body)
    return { messageId: firstTold(id), topic: topic.name, orderId: decoded.orderId, at, detail: canonicalJson(facts(decoded)) }
  }
  return { topic: topic.name, publisher: topic.publisher, record }
}

export const recorders: readonly Recorder[] = [
  recorder(topics.paymentPaid, ({ paymentId, channel, amountFen, paidAt }) => ({ paymentId, channel, amountFen, paidAt })),
  recorder(topics.paymentRefundSettled, ({ refundId, paymentId, amountFen, done, surplus, detail }) => ({
    refundId,
    paymentId,
    amountFen,
    done,
    surplus,
    detail,
  })),
  recorder(topics.paymentNoted, ({ paymentId, what, detail }) => ({ paymentId, what, detail })),
  recorder(topics.orderPaid, ({ paidFen, paymentId }) => ({ paidFen, paymentId })),
  recorder(topics.orderRefunded, ({ refundId, amountFen, balanceFen, isFull }) => ({ refundId, amountFen, balanceFen, isFull })),
  recorder(topics.orderPaymentSurplus, ({ paymentId, amountFen, reason }) => ({ paymentId, amountFen, reason })),
]

/** Throws for a body that cannot be read, or a topic that is not recorded. */
export function recordOf(message: Message): Recorded {
  const known = recorders.find(({ topic }) => topic === message.topic)
  if (known === undefined) throw new Error(`messages of ${message.topic} are not recorded`)
  return known.record(message)
}

/** Keys sorted, nothing between them: the same facts are always the same bytes. */
export function canonicalJson(facts: Facts): string {
  return JSON.stringify(Object.fromEntries(Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1))))
}
