import { startOfTime, type VirtualClock } from './clock.ts'
import type { Fault } from './faults.ts'
import type { Notification } from './notifications.ts'

/**
 * What a payment platform knows. A trade is born when a buyer opens an offer (Alipay) or with the offer (WeChat Pay):
 *
 *     waiting ──► paid ──► finished     a year later: nothing can be refunded any more
 *        └──────► closed                by the merchant, or unpaid at its expiry (Alipay only)
 *
 * `paid` stays `paid` whatever is refunded; how each platform words that is told by its own protocol.
 */
export type Channel = 'alipay' | 'wechat'

export const channels: readonly Channel[] = ['alipay', 'wechat']

/** How the buyer gets to pay. Alipay: page, wap, precreate; WeChat Pay: native, jsapi, h5; both: app. */
export type Product = 'page' | 'wap' | 'precreate' | 'native' | 'jsapi' | 'h5' | 'app'

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

/** The one row that is not about anybody's money. */
export interface Desk {
  readonly kind: 'desk'
  readonly key: 'desk'
  /** Numbers given out so far. */
  readonly sequence: number
  readonly clock: VirtualClock
  /** The part of WeChat Pay's callbacks and replies that is signed in the name of its public key, from 0 to 1. */
  readonly publicKeyShare: number
}

export type Row = Offer | Trade | Refund | Notification | Fault | Desk

export type Change = { readonly put: Row } | { readonly drop: Fault }

/** What was decided: the answer, and the rows that have to be kept before it is given. */
export interface Decision<Answer> {
  readonly answer: Answer
  readonly changes: readonly Change[]
}

/** Everything that is known. Only `applyChanges` writes it. */
export interface Platform {
  readonly offers: Map<string, Offer>
  readonly trades: Map<string, Trade>
  readonly refunds: Map<string, Refund>
  readonly notifications: Map<string, Notification>
  readonly faults: Map<string, Fault>
  desk: Desk
  /** Keys of what time alone moves on: trades that wait, refunds that are processed, notifications to be sent. */
  readonly openTrades: Set<string>
  readonly openRefunds: Set<string>
  readonly openNotifications: Set<string>
  /** Trades by the platform's own number. */
  readonly tradeKeyOf: Map<string, string>
}

export function emptyPlatform(): Platform {
  return {
    offers: new Map(),
    trades: new Map(),
    refunds: new Map(),
    notifications: new Map(),
    faults: new Map(),
    desk: { kind: 'desk', key: 'desk', sequence: 0, clock: startOfTime, publicKeyShare: 1 },
    openTrades: new Set(),
    openRefunds: new Set(),
    openNotifications: new Set(),
    tradeKeyOf: new Map(),
  }
}

export const tradeKey = (channel: Channel, outTradeNo: string): string => `${channel}/${outTradeNo}`

export function applyChanges(platform: Platform, changes: readonly Change[]): void {
  for (const change of changes) {
    if ('drop' in change) platform.faults.delete(change.drop.key)
    else put(platform, change.put)
  }
}

function put(platform: Platform, row: Row): void {
  switch (row.kind) {
    case 'offer':
      return void platform.offers.set(row.key, row)
    case 'trade':
      platform.trades.set(row.key, row)
      platform.tradeKeyOf.set(`${row.channel}/${row.tradeNo}`, row.key)
      return mark(platform.openTrades, row.key, row.state === 'waiting' || row.state === 'paid')
    case 'refund':
      platform.refunds.set(row.key, row)
      return mark(platform.openRefunds, row.key, row.state === 'processing')
    case 'notification':
      platform.notifications.set(row.key, row)
      return mark(platform.openNotifications, row.key, row.state === 'waiting')
    case 'fault':
      return void platform.faults.set(row.key, row)
    case 'desk':
      platform.desk = row
  }
}

function mark(keys: Set<string>, key: string, isOpen: boolean): void {
  if (isOpen) keys.add(key)
  else keys.delete(key)
}
