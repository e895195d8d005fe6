import type { OrderMoney, TradeMoney } from '@suanpan/sim/money-truth'
import { fetchJson, type OrderAnswer } from './shop-calls.ts'

export interface SandboxTrade {
  readonly channel: 'alipay' | 'wechat'
  readonly outTradeNo: string
  readonly state: TradeMoney['state']
  readonly amountFen: number
  readonly refundedFen: number
  /** Absent: nobody paid. */
  readonly paidAt?: number
  readonly refunds: readonly { readonly outRefundNo: string; readonly amountFen: number; readonly state: string }[]
}

export interface SandboxDelivery {
  readonly notificationId: string
  readonly channel: 'alipay' | 'wechat'
  readonly event: string
  readonly outTradeNo: string
  readonly state: 'waiting' | 'acknowledged' | 'given_up'
  readonly tries: readonly {
    readonly answer: { readonly status?: number; readonly body?: string }
    readonly acknowledged: boolean
    readonly because?: string
  }[]
}

/** Both platforms, by the sandbox's control API. Every call throws for anything but a 2xx answer. */
export interface Platforms {
  call(method: string, path: string, body?: object): Promise<unknown>
  trades(): Promise<readonly SandboxTrade[]>
  /** Of one trade, or all. */
  deliveries(outTradeNo?: string): Promise<readonly SandboxDelivery[]>
}

export function callPlatforms({ url }: { readonly url: string }): Platforms {
  const call = (method: string, path: string, body?: object) => fetchJson(`${url}${path}`, method, {}, body)
  async function items<Item>(path: string): Promise<readonly Item[]> {
    return ((await call('GET', path)) as { readonly items: readonly Item[] }).items
  }
  return {
    call,
    trades: () => items('/sandbox/trades'),
    deliveries: (outTradeNo) => items(`/sandbox/deliveries${outTradeNo === undefined ? '' : `?outTradeNo=${outTradeNo}`}`),
  }
}

/** A trade as the comparison of platforms and orders wants it. */
export function tradeMoney({ outTradeNo, amountFen, state, refundedFen, paidAt = 0 }: SandboxTrade): TradeMoney {
  return { terms: { outTradeNo, amountFen }, state, refundedFen, paidAt }
}

/** Likewise an order; what went back over the platform is the sum of its refunds. */
export function orderMoney({ state, payableFen }: OrderAnswer, platformRefundedFen: number): OrderMoney {
  return { state: `ORDER_STATE_${state.toUpperCase()}` as OrderMoney['state'], payableFen, platformRefundedFen }
}
