import type { Channel, ChannelName, ChannelResult, NewTrade, PayLink, RefundReport, TradeReport } from '@suanpan/channels'
import type { Notification } from '@suanpan/contracts/payment'
import {
  applyChanges,
  billOfDay,
  close,
  emptyPlatform,
  endDueTrade,
  makeOffer,
  pay,
  recordDelivery,
  refund,
  refundKey,
  resend,
  scan,
  settleDueRefund,
  startOfDay,
  takeDue,
  tradeKey,
  type Decision,
  type Delivery,
  type Platform,
  type Trade,
} from '@suanpan/sandbox/machine'
import type { Clock } from '@suanpan/runtime/time'
import { mispriced, notificationOf } from './platform-notifications.ts'
import type { SwarmOptions } from './options.ts'
import type { Dice } from './random.ts'

/** How a notification ended at the shop: acknowledged, or anything else, which the platform takes for lost. */
export type Deliver = (notification: Notification) => Promise<'acknowledged' | 'failed'>

export interface PlatformsOptions {
  /** Of the platforms, which never crash. */
  readonly clock: Clock
  readonly dice: Dice
  readonly options: () => SwarmOptions
  readonly deliver: Deliver
  readonly note: (what: string) => void
}

/** Alipay and WeChat Pay: the sandbox's own state machine, without HTTP and signatures, behind a network that fails. */
export interface Platforms {
  /** A channel as one incarnation of a node has it. */
  channel(name: ChannelName, clock: Clock): Channel
  /** A customer opens the link, and looks at what is to be paid. */
  open(link: PayLink): void
  /** Opens the link, and pays it or tries to. */
  pay(link: PayLink, outcome: 'success' | 'fail'): string
  /** Sends what is due, and again whatever was never acknowledged. */
  sendEverything(): void
  readonly trades: () => readonly Trade[]
  /** Refunds that came without the pause that platforms want: one may refuse them for good. */
  readonly hastyRefunds: () => number
}

/** How often the platforms look what is due. */
const tickMs = 250

/** Between two refunds of one trade. */
const refundPauseMs = 300

/** A call that no answer came to has taken this long, and reaches the platform within it or never. */
const timeoutMs = 150

/** A request or an answer that is not late takes no longer. */
const slowestMs = 20

export function createPlatforms({ clock, dice, options, deliver, note }: PlatformsOptions): Platforms {
  const platform: Platform = emptyPlatform()
  const underWay = new Set<string>()
  let hastyRefunds = 0

  function take<Answer>({ answer, changes }: Decision<Answer>): Answer {
    applyChanges(platform, changes)
    return answer
  }

  function tick(): void {
    const now = clock.now()
    while (take(settleDueRefund(platform, now))) note('a platform has carried a refund out')
    while (take(endDueTrade(platform, now))) note('a trade has expired at its platform')
    for (const delivery of take(takeDue(platform, underWay, now))) void send(delivery)
    if (dice.chance(options().mispricedShare)) misprice()
    clock.after(tickMs, tick)
  }

  /** A genuine signature under a payment of one fen that settles nothing: an unpaid trade is said to be paid. */
  function misprice(): void {
    const waiting = [...platform.trades.values()].filter(({ state }) => state === 'waiting')
    if (waiting.length === 0) return
    const trade = dice.pick(waiting)
    note(`${trade.channel} says that a trade was paid with 1 fen`)
    void deliver(mispriced(trade, clock.now()))
  }

  async function send(delivery: Delivery): Promise<void> {
    const { key, channel, event } = delivery.notification
    underWay.add(key)
    const { notifyLost, notifyDoubled, notifyLate } = options()
    const isLost = dice.chance(notifyLost)
    const notification = notificationOf(delivery)
    if (notification !== undefined) {
      if (dice.chance(notifyDoubled)) void deliver(notification)
      if (dice.chance(notifyLate)) await clock.sleep(dice.integer(100, 5_000))
    }
    const fate = isLost || notification === undefined ? 'failed' : await deliver(notification)
    note(`${channel} notifies of ${event}: ${fate}`)
    const answer =
      fate === 'acknowledged'
        ? ({ kind: 'answered', status: 200, contentType: 'text/plain', body: channel === 'alipay' ? 'success' : '', tookMs: 1 } as const)
        : ({ kind: 'failed', because: 'lost' } as const)
    take(recordDelivery(platform, delivery, answer, clock.now()))
    underWay.delete(key)
  }

  /** One call over a network that loses and delays requests, and loses answers: the platform may have done it all the same. */
  async function call<Value>(nodeClock: Clock, what: string, work: () => ChannelResult<Value>): Promise<ChannelResult<Value>> {
    const { requestLost, requestLate, replyLost } = options()
    await nodeClock.sleep(dice.integer(1, slowestMs))
    if (dice.chance(requestLate)) {
      note(`a platform is asked late: ${what}`)
      clock.after(dice.integer(20, timeoutMs - slowestMs), work)
      await nodeClock.sleep(timeoutMs)
      return { kind: 'unknown', because: 'the answer came too late' }
    }
    if (dice.chance(requestLost)) {
      await nodeClock.sleep(timeoutMs)
      return { kind: 'unknown', because: 'lost on the way' }
    }
    const result = work()
    if (dice.chance(replyLost)) {
      note(`a platform's answer is lost: ${what}`)
      await nodeClock.sleep(timeoutMs)
      return { kind: 'unknown', because: 'the answer was lost' }
    }
    await nodeClock.sleep(dice.integer(1, slowestMs))
    return result
  }

  clock.after(tickMs, tick)
  return {
    channel: (name, nodeClock) => ({
      name,
      betweenRefundsMs: refundPauseMs + timeoutMs,
      create: (trade) => call(nodeClock, 'create', () => offer(name, trade)),
      query: (paymentId) => call(nodeClock, 'query', () => ({ kind: 'ok', value: reportOf(platform.trades.get(tradeKey(name, paymentId))) })),
      close: (paymentId) =>
        call(nodeClock, 'close', () => {
          const { outcome } = take(close(platform, tradeKey(name, paymentId), clock.now()))
          if (outcome === 'already_paid') return { kind: 'rejected', code: outcome, detail: '' }
          return { kind: 'ok', value: { state: outcome === 'unknown_trade' ? 'not_found' : 'closed' } }
        }),
      refund: ({ paymentId, refundId, amountFen, reason }) =>
        call(nodeClock, 'refund', () => {
          const asked = { key: tradeKey(name, paymentId), outRefundNo: refundId, amountFen, reason }
          // A surplus that a platform would not give back waits for a person, and there is none here.
          const ending = !refundId.startsWith('rs_') && dice.chance(options().refundClosed) ? 'closed' : 'success'
          const answer = take(refund(platform, { ...asked, notifyUrl: 'simulated', ending, pauseMs: refundPauseMs }, clock.now()))
          if (answer.outcome === 'too_early') hastyRefunds++
          // WeChat Pay says when to come again, which says nothing of a refund; Alipay is taken to refuse like any other time.
          if (answer.outcome === 'too_early' && name === 'wechat') return { kind: 'unknown', because: answer.outcome }
          if (answer.outcome !== 'accepted' && answer.outcome !== 'repeated') return { kind: 'rejected', code: answer.outcome, detail: '' }
          // A repeated number moves no money at Alipay, and says so: what became of the first is for a query to tell.
          return { kind: 'ok', value: name === 'alipay' && answer.outcome === 'accepted' ? { state: 'done', amountFen } : { state: 'processing' } }
        }),
      queryRefund: (paymentId, refundId) => call(nodeClock, 'queryRefund', () => ({ kind: 'ok', value: refundReport(name, paymentId, refundId) })),
      fetchBill: async (date) => ({
        kind: 'ok',
        value: {
          state: 'made',
          entries: billOfDay(platform, name, startOfDay(date) ?? 0).map((line) => ({
            kind: line.kind,
            paymentId: line.trade.terms.outTradeNo,
            tradeNo: line.trade.tradeNo,
            refundId: line.kind === 'refund' ? line.refund.outRefundNo : '',
            amountFen: line.amountFen,
            at: line.at,
          })),
        },
      }),
    }),
    open: (link) => void open(link),
    pay: (link, outcome) => {
      const opened = open(link)
      if (opened.outcome !== 'opened') return opened.outcome
      return take(pay(platform, opened.trade.key, outcome, clock.now())).outcome
    },
    sendEverything: () => {
      for (const { key, state } of platform.notifications.values()) if (state !== 'acknowledged') take(resend(platform, key, clock.now()))
    },
    trades: () => [...platform.trades.values()],
    hastyRefunds: () => hastyRefunds,
  }

  function open(link: PayLink) {
    const token = link.kind === 'redirect' ? link.payUrl : link.kind === 'code' ? link.codeUrl : ''
    return take(scan(platform, token, clock.now()))
  }

  function offer(channel: ChannelName, { paymentId, product, subject, amountFen, expiresAt }: NewTrade): ChannelResult<PayLink> {
    const terms = {
      appId: 'app',
      outTradeNo: paymentId,
      amountFen,
      subject,
      notifyUrl: 'simulated',
      returnUrl: '',
      attach: '',
      expiresAt,
      expiresAfterMs: 0,
      expiryText: '',
      buyerId: '',
    }
    const answer = take(makeOffer(platform, { channel, product, terms }, clock.now()))
    if (answer.outcome !== 'offered') return { kind: 'rejected', code: answer.outcome, detail: '' }
    const { key } = answer.offer
    return { kind: 'ok', value: channel === 'alipay' ? { kind: 'redirect', payUrl: key } : { kind: 'code', codeUrl: key } }
  }

  function refundReport(channel: ChannelName, paymentId: string, refundId: string): RefundReport {
    const known = platform.refunds.get(refundKey(channel, paymentId, refundId))
    switch (known?.state) {
      case undefined:
        return { state: 'not_found' }
      case 'success':
        return { state: 'done', amountFen: known.amountFen }
      case 'processing':
      case 'abnormal':
      case 'closed':
        return { state: known.state }
    }
  }
}

function reportOf(trade: Trade | undefined): TradeReport {
  switch (trade?.state) {
    case undefined:
      return { state: 'not_found' }
    case 'waiting':
      return { state: 'unpaid' }
    case 'closed':
      return { state: 'closed' }
    case 'paid':
    case 'finished':
      return { state: 'paid', tradeNo: trade.tradeNo, amountFen: trade.terms.amountFen, currency: 'CNY', paidAt: trade.paidAt }
  }
}
