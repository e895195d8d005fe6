/**
 * A payment channel (支付渠道): one platform, as the payment service sees it. Adapters know protocols, keys and units;
 * behind this port everything is integer fen, epoch milliseconds and closed unions.
 *
 * Numbers that go to a platform (`paymentId`, `refundId`) are 6 to 32 characters of `[0-9A-Za-z_]`: what both platforms
 * take. Each is used for one try only, and never again.
 */
export const channelNames = ['alipay', 'wechat'] as const
export type ChannelName = (typeof channelNames)[number]

/**
 * How a call to a platform ended. `rejected`: the platform answered, with a signature that is right, that it will not do
 * it; or it was never sent, as it could not be right (code `NOT_SENT`: our own mistake). `unknown`: it may or may not have
 * been done (time-out, 5xx, missing or wrong signature, an answer that cannot be read, or is about something else, a code
 * that says "ask again"); only a query settles that, never another try under another number.
 *
 * `detail` and `because` are for logs and operators: no signature, no key, nothing personal.
 */
export type ChannelResult<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'rejected'; readonly code: string; readonly detail: string }
  | { readonly kind: 'unknown'; readonly because: string }

/** What a customer pays with: the first of each channel is its usual one. */
export const products = {
  alipay: ['page', 'wap', 'precreate'],
  wechat: ['native', 'h5', 'jsapi'],
} as const satisfies { readonly [Name in ChannelName]: readonly string[] }

export type Product = (typeof products)[ChannelName][number]

const hourMs = 60 * 60 * 1000

/** For how long a link can be paid with, from when it was made, if its trade has not ended before. */
export const linkLifeMs: { readonly [Of in Product]: number } = {
  page: Infinity,
  wap: Infinity,
  precreate: 2 * hourMs,
  native: 2 * hourMs,
  h5: hourMs / 12,
  jsapi: 2 * hourMs,
}

export interface NewTrade {
  readonly paymentId: string
  readonly product: Product
  /** What the customer reads at the platform. Characters that a platform cannot carry are replaced by the adapter. */
  readonly subject: string
  readonly amountFen: number
  /** The platform takes no payment after this (epoch ms; platforms round it to a second). */
  readonly expiresAt: number
  /** `h5` only: the address of the customer's device. */
  readonly clientIp: string
  /** `jsapi` only: whom the platform knows the customer as. Never stored, never logged. */
  readonly openId: string
}

/** Where the customer goes to pay. */
export type PayLink =
  | { readonly kind: 'redirect'; readonly payUrl: string }
  | { readonly kind: 'code'; readonly codeUrl: string }
  /** What a page inside WeChat hands to `WeixinJSBridge`: signed parameters. */
  | { readonly kind: 'bridge'; readonly parameters: { readonly [name: string]: string } }

/** A trade as the platform sees it now. */
export type TradeReport =
  /** The platform knows no such trade: not yet, perhaps (a code nobody has scanned). Never proof that none will come. */
  | { readonly state: 'not_found' }
  | { readonly state: 'unpaid' }
  /** Nobody can pay it any more, and nobody has. */
  | { readonly state: 'closed' }
  /** Paid, whatever was refunded since. */
  | { readonly state: 'paid'; readonly tradeNo: string; readonly amountFen: number; readonly currency: string; readonly paidAt: number }

export interface NewRefund {
  readonly paymentId: string
  /** The same number again is the same refund, at both platforms. */
  readonly refundId: string
  readonly amountFen: number
  /** What the trade was paid with in all. */
  readonly totalFen: number
  readonly reason: string
}

/** A refund as the platform sees it now. */
export type RefundReport =
  | { readonly state: 'not_found' }
  /** Said without a signature, perhaps by somebody on the way: enough to ask for it again under its number, and never proof. */
  | { readonly state: 'perhaps_not_found' }
  | { readonly state: 'processing' }
  | { readonly state: 'done'; readonly amountFen: number }
  /** The platform gave up: nothing was moved. */
  | { readonly state: 'closed' }
  /** The platform could not hand the money back (a closed card): a person has to. */
  | { readonly state: 'abnormal' }

/** What is known of a refund at its platform, except that it does not know it. */
export type KnownRefund = Exclude<RefundReport, { readonly state: 'not_found' | 'perhaps_not_found' }>

/** A line of a platform's daily bill. */
export interface BillEntry {
  readonly kind: 'payment' | 'refund'
  readonly paymentId: string
  readonly tradeNo: string
  /** Empty for a payment. */
  readonly refundId: string
  /** Positive, also of a refund. */
  readonly amountFen: number
  /** Epoch ms. */
  readonly at: number
}

/** A day's bill. `none`: not made yet, or nothing happened that day. */
export type BillReport = { readonly state: 'none' } | { readonly state: 'made'; readonly entries: readonly BillEntry[] }

/** Headers of an HTTP request; names in lower case. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>

/** Something that a platform says about one of our trades, verified and addressed to us. */
export interface ChannelNotification {
  readonly channel: ChannelName
  /** The platform's own number of this notification; the same in every try to deliver it. */
  readonly notificationId: string
  readonly fact: NotificationFact
}

export type NotificationFact =
  /**
   * The numbers are the platform's word: up to 64 characters, perhaps of nobody here. Amount and currency are not compared
   * with anything yet.
   */
  | { readonly kind: 'trade'; readonly paymentId: string; readonly trade: Exclude<TradeReport, { readonly state: 'not_found' }> }
  /**
   * `processing` where the platform only hints at it (Alipay, always): a query then tells. The trade it belongs to was
   * paid, even if no word of that has come yet.
   */
  | { readonly kind: 'refund'; readonly paymentId: string; readonly refundId: string; readonly refund: KnownRefund }

/** Why a notification is not believed. Counted by reason; nothing of it is stored. */
export const refusals = ['malformed', 'unsigned', 'unsupported', 'unknown_key', 'stale', 'bad_signature', 'not_ours'] as const
export type Refusal = (typeof refusals)[number]

export type ParsedNotification =
  | { readonly kind: 'verified'; readonly notification: ChannelNotification }
  | { readonly kind: 'refused'; readonly because: Refusal; readonly detail: string }

/** Verifies notifications. Synchronous, and apart from the rest of a channel: it needs no network and no private key. */
export interface NotificationReader {
  readonly channel: ChannelName
  /** `body` exactly as it arrived. Never throws. `now`: epoch ms. */
  parse(body: Uint8Array, headers: HeaderValues, now: number): ParsedNotification
}

/** One platform. No call rejects: whatever goes wrong is `unknown`. Each gives up after `timeoutMs` of its configuration. */
export interface Channel {
  readonly name: ChannelName
  /**
   * From when it is noted that a refund of a trade is asked for, right before it is, until the next one of that trade may be:
   * the pause that the platform wants, and the longest that a call takes. How long the note takes to be durable is not in it.
   */
  readonly betweenRefundsMs: number
  create(trade: NewTrade): Promise<ChannelResult<PayLink>>
  query(paymentId: string): Promise<ChannelResult<TradeReport>>
  /**
   * Closes what is unpaid. The value says what the platform answered; `not_found` and `rejected` (it was paid meanwhile)
   * are both followed by a query.
   */
  close(paymentId: string): Promise<ChannelResult<{ readonly state: 'closed' | 'not_found' }>>
  /** `processing` also where the platform has done this number before, as far as it says: a query tells. */
  refund(refund: NewRefund): Promise<ChannelResult<KnownRefund>>
  queryRefund(paymentId: string, refundId: string): Promise<ChannelResult<RefundReport>>
  /** The bill of a day (`2026-11-26`, in the platforms' time, UTC+8), fetched and verified. `rejected`: we may not have it, or it was asked for wrongly. */
  fetchBill(date: string): Promise<ChannelResult<BillReport>>
}
