import type { Channel } from './channel.ts'
import { startOfTime } from './clock.ts'
import type { Fault } from './faults.ts'
import type { Desk, Notification, Offer, Refund, Row, Trade } from './rows.ts'

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
