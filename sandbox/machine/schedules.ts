import type { Channel, Product } from './channel.ts'

const minute = 60_000
const hour = 60 * minute

/**
 * How long after a try that failed the next one comes, as the platforms publish it. Alipay: 8 deliveries in 25 hours.
 * WeChat Pay: 16 deliveries in 24 hours and 4 minutes.
 */
export const retryDelaysMs: { readonly [Of in Channel]: readonly number[] } = {
  alipay: [4 * minute, 10 * minute, 10 * minute, hour, 2 * hour, 6 * hour, 15 * hour],
  wechat: [
    15_000,
    15_000,
    30_000,
    3 * minute,
    10 * minute,
    20 * minute,
    30 * minute,
    30 * minute,
    30 * minute,
    hour,
    3 * hour,
    3 * hour,
    3 * hour,
    6 * hour,
    6 * hour,
  ],
}

/** WeChat Pay publishes it; Alipay does not. */
export const answerWithinMs = 5_000

/** How long an unpaid trade may be paid where the merchant names no end. */
export const defaultExpiryMs: { readonly [Of in Channel]: number } = { alipay: 15 * 24 * hour, wechat: 7 * 24 * hour }

/** How long codes, prepay ids and links of a product can be used. */
export const offerLifeMs: { readonly [Of in Product]: number } = {
  page: 15 * 24 * hour,
  wap: 15 * 24 * hour,
  precreate: 2 * hour,
  native: 2 * hour,
  jsapi: 2 * hour,
  app: 2 * hour,
  h5: 5 * minute,
}

/** After this a paid trade is final: it can no longer be refunded. */
export const refundWindowMs = 365 * 24 * hour

/** WeChat Pay accepts a refund first, and has carried it out a little later. Alipay does both at once. */
export const refundTakesMs: { readonly [Of in Channel]: number } = { alipay: 0, wechat: 1_000 }

/** Between two refunds of one trade, as the platforms' documents want it. */
export const refundPauseMs: { readonly [Of in Channel]: number } = { alipay: 3_000, wechat: minute }

/** Refunds of one trade. Alipay publishes no limit. */
export const maxRefunds: { readonly [Of in Channel]: number } = { alipay: Infinity, wechat: 50 }
