import {
  applyChanges,
  emptyPlatform,
  endDueTrade,
  makeOffer,
  pay,
  recordDelivery,
  refund,
  scan,
  settleDueRefund,
  takeDue,
  type Channel,
  type Decision,
  type DeliveryAnswer,
  type Delivery,
  type Platform,
  type Product,
  type RefundRequest,
  type Terms,
  type Trade,
} from '@suanpan/sandbox/machine'

/** A Thursday morning in China. */
export const startAt = Date.parse('2026-11-26T09:00:00+08:00')

export const terms: Terms = {
  appId: 'app-1',
  outTradeNo: 'order_1',
  amountFen: 1_000,
  subject: 'Longjing tea',
  notifyUrl: 'http://127.0.0.1:1/notify',
  returnUrl: '',
  attach: '',
  expiresAt: 0,
  expiryText: '',
  expiresAfterMs: 0,
  buyerId: '',
}

export const acknowledges: { readonly [Of in Channel]: DeliveryAnswer } = {
  alipay: { kind: 'answered', status: 200, contentType: 'text/plain', body: 'success', tookMs: 1 },
  wechat: { kind: 'answered', status: 204, contentType: '', body: '', tookMs: 1 },
}
export const refuses: DeliveryAnswer = { kind: 'answered', status: 500, contentType: '', body: '', tookMs: 1 }

/** A platform at a time that a test moves, with what a test does in one word each. */
export function platformAt(at = startAt) {
  const platform: Platform = emptyPlatform()
  const clock = { now: at }
  const run = <Answer>(decide: (platform: Platform, now: number) => Decision<Answer>): Answer => {
    const { answer, changes } = decide(platform, clock.now)
    applyChanges(platform, changes)
    return answer
  }
  const offer = (channel: Channel, product: Product, change: Partial<Terms> = {}) =>
    run((known, now) => makeOffer(known, { channel, product, terms: { ...terms, ...change } }, now))
  const opened = (channel: Channel, product: Product, change: Partial<Terms> = {}): Trade => {
    const offered = offer(channel, product, change)
    if (offered.outcome !== 'offered') throw new Error(offered.outcome)
    const answer = run((known, now) => scan(known, offered.offer.key, now))
    if (answer.outcome !== 'opened') throw new Error(answer.outcome)
    return answer.trade
  }
  return {
    platform,
    clock,
    run,
    offer,
    opened,
    scan: (token: string) => run((known, now) => scan(known, token, now)),
    pay: (trade: Trade, outcome: 'success' | 'fail' = 'success') => run((known, now) => pay(known, trade.key, outcome, now)),
    paid: (channel: Channel, product: Product, change: Partial<Terms> = {}): Trade => {
      const trade = opened(channel, product, change)
      const answer = run((known, now) => pay(known, trade.key, 'success', now))
      if (answer.outcome !== 'paid') throw new Error(answer.outcome)
      return answer.trade
    },
    refund: (trade: Trade, outRefundNo: string, amountFen: number, change: Partial<RefundRequest> = {}) =>
      run((known, now) => refund(known, { key: trade.key, outRefundNo, amountFen, reason: '', notifyUrl: '', ending: 'success', pauseMs: 0, ...change }, now)),
    trade: (channel: Channel, outTradeNo = 'order_1') => platform.trades.get(`${channel}/${outTradeNo}`),
    due: (): readonly Delivery[] => run((known, now) => takeDue(known, new Set(), now)),
    answer: (delivery: Delivery, answer: DeliveryAnswer) => run((known, now) => recordDelivery(known, delivery, answer, now)),
    passTime: (durationMs: number) => {
      clock.now += durationMs
      while (run(settleDueRefund));
      while (run(endDueTrade));
    },
  }
}
