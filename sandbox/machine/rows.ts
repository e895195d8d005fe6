import type { DeliveryAnswer, Verdict } from './acknowledgement.ts'
import type { Channel, Product } from './channel.ts'
import type { VirtualClock } from './clock.ts'
import type { Fault, NotifyFault } from './faults.ts'

/** What the merchant asks for. */
export interface Terms {
  readonly appId: string
  readonly outTradeNo: string
  readonly amountFen: number
  readonly subject: string
  /** Empty: nobody is notified. */
  readonly notifyUrl: string
  /** Where the buyer's browser goes in the end; empty: it stays. */
  readonly returnUrl: string
  /** Comes back to the merchant as it was sent (`passback_params`, `attach`). */
  readonly attach: string
  /** The end as a time of its own, by the platforms' clock; 0: none was named. */
  readonly expiresAt: number
  /** The same as the merchant wrote it, which is what is compared when it asks again. */
  readonly expiryText: string
  /** The end counted from the moment the trade is born; 0: none was named. */
  readonly expiresAfterMs: number
  /** Only this buyer may pay; empty: anyone. */
  readonly buyerId: string
  /** Where the buyer pays, as the merchant wrote it (`scene_info`); absent: it wrote nothing. */
  readonly scene?: string
}

/** A QR code, a pay URL or a prepay id. */
export interface Offer {
  readonly kind: 'offer'
  /** The token in the code or URL. */
  readonly key: string
  readonly channel: Channel
  readonly product: Product
  readonly terms: Terms
  readonly madeAt: number
  /** The code's own life, beside the trade's. */
  readonly usableUntil: number
}

/**
 * A trade is born when a buyer opens an offer (Alipay) or with the offer (WeChat Pay):
 *
 *     waiting ──► paid ──► finished     a year later, at Alipay; at neither can anything be refunded then
 *        └──────► closed                by the merchant, or unpaid at its expiry (Alipay only)
 *
 * `paid` stays `paid` whatever is refunded; how each platform words that is told by its own protocol.
 */
export interface Trade {
  readonly kind: 'trade'
  /** `channel/outTradeNo`. */
  readonly key: string
  readonly channel: Channel
  readonly product: Product
  readonly terms: Terms
  /** The platform's own number. */
  readonly tradeNo: string
  readonly state: 'waiting' | 'paid' | 'closed' | 'finished'
  readonly buyerId: string
  readonly createdAt: number
  /** From then on it cannot be paid. */
  readonly expiresAt: number
  /** 0 until it happens, like the times below. */
  readonly scannedAt: number
  readonly paidAt: number
  readonly closedAt: number
  readonly refundedAt: number
  readonly refundedFen: number
  readonly refundCount: number
  /** How often the buyer tried to pay and could not. */
  readonly failures: number
}

export interface Refund {
  readonly kind: 'refund'
  /** Alipay: `alipay/outTradeNo/outRequestNo`; WeChat Pay: `wechat/outRefundNo`. */
  readonly key: string
  readonly channel: Channel
  readonly outTradeNo: string
  /** The merchant's number of this refund: `out_request_no`, `out_refund_no`. */
  readonly outRefundNo: string
  readonly refundNo: string
  readonly amountFen: number
  readonly reason: string
  readonly notifyUrl: string
  readonly state: 'processing' | 'success' | 'abnormal' | 'closed'
  readonly requestedAt: number
  readonly settlesAt: number
  /** How it will end. */
  readonly ending: 'success' | 'abnormal' | 'closed'
}

export type NotificationEvent = 'paid' | 'partly_refunded' | 'fully_refunded' | 'closed' | 'finished' | 'refund_settled'

export interface Try {
  readonly at: number
  readonly fault: NotifyFault
  /** The merchant's exact answer. */
  readonly answer: DeliveryAnswer
  readonly verdict: Verdict
}

/** One thing that the merchant is told, until it says that it heard. */
export interface Notification {
  readonly kind: 'notification'
  /** The platform's id of it: the same in every try. */
  readonly key: string
  readonly channel: Channel
  readonly event: NotificationEvent
  readonly url: string
  /** As they were when it happened. */
  readonly trade: Trade
  readonly refund: Refund | null
  readonly createdAt: number
  readonly state: 'waiting' | 'acknowledged' | 'given_up'
  readonly nextTryAt: number
  /** How many of the schedule's delays are behind it. */
  readonly round: number
  /** The fault that has put the next try off: it is not put off again. */
  readonly held: NotifyFault | null
  readonly tries: readonly Try[]
}

/** The one row that is not about anybody's money. */
export interface Desk {
  readonly kind: 'desk'
  readonly key: 'desk'
  /** Numbers given out so far. */
  readonly sequence: number
  readonly clock: VirtualClock
  /** The part of WeChat Pay's callbacks and replies that is signed in the name of its public key, from 0 to 1. */
  readonly publicKeyShare: number
  /** Alipay's app is in certificate mode: it has to name its certificates. Absent: it may, or leave it. */
  readonly alipayCertificates?: boolean
}

/** All that a platform keeps. */
export type Row = Offer | Trade | Refund | Notification | Fault | Desk
