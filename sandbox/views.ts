import type { Fault, Notification, Platform, Trade } from './machine/index.ts'

/** A trade as the control API shows it. Times are the platforms'; those that did not come are left out. */
export function tradeView(platform: Platform, trade: Trade): object {
  const { channel, product, terms, tradeNo, state, buyerId, refundedFen, failures, createdAt, expiresAt } = trade
  const times = Object.fromEntries(
    (['scannedAt', 'paidAt', 'closedAt', 'refundedAt'] as const).filter((name) => trade[name] > 0).map((name) => [name, trade[name]]),
  )
  const refunds = trade.refundCount === 0 ? [] : refundsOf(platform, trade)
  const { outTradeNo, amountFen, subject, notifyUrl } = terms
  return {
    channel,
    product,
    outTradeNo,
    tradeNo,
    state,
    amountFen,
    refundedFen,
    failures,
    subject,
    buyerId,
    notifyUrl,
    createdAt,
    expiresAt,
    ...times,
    refunds,
  }
}

function refundsOf(platform: Platform, { channel, terms }: Trade): object[] {
  return [...platform.refunds.values()]
    .filter((refund) => refund.channel === channel && refund.outTradeNo === terms.outTradeNo)
    .map(({ outRefundNo, refundNo, amountFen, state, requestedAt }) => ({ outRefundNo, refundNo, amountFen, state, requestedAt }))
}

export function faultView({ key, channel, outTradeNo, next, notify, api, bill }: Fault): object {
  return { faultId: key, channel, outTradeNo, next, notify, api, bill }
}

/** A notification with every try: what went wrong on purpose, what the merchant answered, and what that counts for. */
export function deliveryView({ key, channel, event, url, trade, state, createdAt, nextTryAt, tries }: Notification): object {
  return {
    notificationId: key,
    channel,
    event,
    outTradeNo: trade.terms.outTradeNo,
    url,
    state,
    createdAt,
    ...(state === 'waiting' ? { nextTryAt } : {}),
    tries: tries.map(({ at, fault, answer, verdict }) => ({ at, ...(Object.keys(fault).length === 0 ? {} : { fault }), answer, ...verdict })),
  }
}
