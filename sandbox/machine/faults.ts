import type { Channel } from './channel.ts'

export const operations = ['create', 'query', 'close', 'refund', 'queryRefund', 'bill', 'billFile', 'certificates'] as const
export type Operation = (typeof operations)[number]

/** How a signature is wrong: garbage, absent, of an hour ago, WeChat Pay's own probe, or genuine but of a foreign key. */
export const signatureFaults = ['bad', 'missing', 'stale', 'probe', 'other-key'] as const
export type SignatureFault = (typeof signatureFaults)[number]

/** What goes wrong with a notification on its way. */
export interface NotifyFault {
  /** The platform believes that it sent it; nothing arrives, so a retry follows. */
  readonly drop?: boolean
  readonly delayMs?: number
  /** Sent so many times more, at once. */
  readonly duplicate?: number
  /** The duplicates bear notification ids of their own. */
  readonly duplicateWithNewId?: boolean
  /** Kept back until another notification of the channel has been sent, for a minute at most. */
  readonly reorder?: boolean
  readonly signature?: SignatureFault
  /** Genuinely signed, but not what happened. */
  readonly amountFen?: number
  readonly currency?: string
  readonly appId?: string
  /** `seller_id` at Alipay, `mchid` at WeChat Pay, which an empty one leaves out. */
  readonly merchantId?: string
  /** The platform's own number of the trade. */
  readonly tradeNo?: string
  readonly outTradeNo?: string
  /** WeChat Pay: the ciphertext is changed after it was encrypted, with a genuine signature over it. */
  readonly tamperedCiphertext?: boolean
  /** WeChat Pay: encrypted without associated data, as the platform may. */
  readonly emptyAssociatedData?: boolean
}

/** What goes wrong with a call. */
export interface ApiFault {
  /** Only these; absent: any. */
  readonly operations?: readonly Operation[]
  readonly slowMs?: number
  /** Nothing is done, and this comes back. */
  readonly errorCode?: string
  /** Nothing is done, and this bare HTTP status comes back. */
  readonly status?: number
  /** It is done all the same, before `errorCode` or `status` comes back. */
  readonly afterCommit?: boolean
  /** It is done, and no answer comes. */
  readonly timeoutAfterCommit?: boolean
  /** It is done, and the answer bears no signature. */
  readonly unsigned?: boolean
  /** It is done, and the answer is signed wrongly. */
  readonly signature?: SignatureFault
  /** So long after a refund was asked for no query knows of it. */
  readonly queryLagMs?: number
  /** WeChat Pay: what a query of an order says instead of its state, as it may of card readers. */
  readonly tradeState?: 'USERPAYING' | 'PAYERROR' | 'REVOKED'
  /** How a bill's file arrives. */
  readonly file?: 'empty' | 'truncated' | 'changed'
  /** WeChat Pay: how a refund ends after it was accepted. */
  readonly refundEnding?: 'abnormal' | 'closed'
}

/** What is wrong with a line of the daily bill. */
export interface BillFault {
  readonly omit?: boolean
  readonly amountFen?: number
}

export interface FaultRequest {
  readonly channel?: Channel
  readonly outTradeNo?: string
  /** Only so many times; absent: until it is taken away. */
  readonly next?: number
  readonly notify?: NotifyFault
  readonly api?: ApiFault
  readonly bill?: BillFault
}

export interface Fault extends FaultRequest {
  readonly kind: 'fault'
  readonly key: string
}
