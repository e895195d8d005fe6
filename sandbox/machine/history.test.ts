import assert from 'node:assert/strict'
import { test } from 'node:test'
import { billOfDay, close, startOfDay, type Channel, type Platform, type Trade } from '@suanpan/sandbox/machine'
import fc from 'fast-check'
import { acknowledges, platformAt, refuses } from './testing.ts'

const outTradeNos = ['order_1', 'order_2', 'order_3']
const productsOf = { alipay: ['page', 'precreate', 'wap'], wechat: ['native', 'h5'] } as const

const order = fc.record({
  channel: fc.constantFrom<Channel>('alipay', 'wechat'),
  outTradeNo: fc.constantFrom(...outTradeNos),
  product: fc.nat(2),
  amountFen: fc.constantFrom(500, 1_000),
})
/** One of the trades that there are. */
const chosen = fc.nat(5)
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('offer' as const), order, isScanned: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('scan' as const), offer: fc.nat(4) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('pay' as const, 'pay' as const, 'fail' as const, 'close' as const), trade: chosen }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('refund' as const),
        trade: chosen,
        number: fc.constantFrom('r1', 'r2', 'r3'),
        fen: fc.constantFrom(1, 400, 600),
        ending: fc.constantFrom('success' as const, 'closed' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('deliver' as const), heard: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 15_000, 240_000, 7_200_000, 90_000_000) }) },
  ),
  { minLength: 10, maxLength: 60, size: 'max' },
)
type Step = (typeof steps extends fc.Arbitrary<infer Steps> ? Steps : never)[number]

/** How far along its way a trade is: it never goes back. */
const progress = { waiting: 0, closed: 1, paid: 1, finished: 2 } as const

/** Takes a step, and says what came of it. */
function take(made: ReturnType<typeof platformAt>, step: Step): string {
  const { platform, run } = made
  const tradeAt = (index: number) => [...platform.trades.values()][index % Math.max(1, platform.trades.size)]
  switch (step.kind) {
    case 'offer': {
      const { channel, product, outTradeNo, amountFen } = step.order
      const products = productsOf[channel]
      const answer = made.offer(channel, products[product % products.length] ?? products[0], { outTradeNo, amountFen })
      return answer.outcome === 'offered' && step.isScanned ? `scan: ${made.scan(answer.offer.key).outcome}` : `offer: ${answer.outcome}`
    }
    case 'scan':
      return `scan: ${made.scan([...platform.offers.keys()][step.offer] ?? '').outcome}`
    case 'deliver':
      for (const delivery of made.due()) made.answer(delivery, step.heard ? acknowledges[delivery.notification.channel] : refuses)
      return 'deliver'
    case 'wait':
      made.passTime(step.ms)
      return 'wait'
    default: {
      const target = tradeAt(step.trade)
      if (target === undefined) return 'no trade'
      if (step.kind === 'close') return `close: ${run((known, now) => close(known, target.key, now)).outcome}`
      if (step.kind === 'refund')
        return `refund: ${made.refund(target, step.number, step.fen, { ending: step.ending, notifyUrl: 'http://127.0.0.1:1/refund' }).outcome}`
      return `pay: ${made.pay(target, step.kind === 'pay' ? 'success' : 'fail').outcome}`
    }
  }
}

function checkMoney(platform: Platform): void {
  for (const trade of platform.trades.values()) {
    const refunds = [...platform.refunds.values()].filter(({ channel, outTradeNo, state }) => `${channel}/${outTradeNo}` === trade.key && state !== 'closed')
    const sumFen = refunds.reduce((sum, { amountFen }) => sum + amountFen, 0)
    assert.equal(trade.refundedFen, sumFen)
    assert.ok(sumFen <= trade.terms.amountFen)
    assert.ok(sumFen === 0 || trade.paidAt > 0)
    const told = [...platform.notifications.values()].filter((each) => each.trade.key === trade.key && each.event === 'paid')
    assert.equal(told.length, trade.paidAt > 0 ? 1 : 0)
  }
}

function checkBills(platform: Platform, firstDay: string, days: number): void {
  for (const channel of ['alipay', 'wechat'] as const) {
    const lines = Array.from({ length: days }, (_, day) => billOfDay(platform, channel, (startOfDay(firstDay) ?? 0) + day * 86_400_000)).flat()
    const paid = [...platform.trades.values()].filter((trade) => trade.channel === channel && trade.paidAt > 0)
    assert.equal(lines.filter(({ kind }) => kind === 'payment').length, paid.length)
    assert.equal(lines.filter(({ kind }) => kind === 'refund').length, [...platform.refunds.values()].filter((refund) => refund.channel === channel).length)
  }
}

/** What must have come about somewhere. */
const outcomes = [
  ...['already_paid', 'already_closed', 'other_terms'].map((outcome) => `offer: ${outcome}`),
  ...['opened', 'code_expired', 'already_paid', 'already_closed', 'other_terms', 'unknown_code'].map((outcome) => `scan: ${outcome}`),
  ...['paid', 'failed', 'already_paid', 'already_closed'].map((outcome) => `pay: ${outcome}`),
  ...['closed', 'already_closed', 'already_paid'].map((outcome) => `close: ${outcome}`),
  ...['accepted', 'repeated', 'other_terms', 'not_paid', 'exceeds'].map((outcome) => `refund: ${outcome}`),
]

test('whatever merchants, buyers and time do in whatever order: states go forward, money adds up, each payment is told of and billed once', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(steps, (history) => {
      const made = platformAt()
      let before = new Map<string, Trade>()
      for (const step of history) {
        reached.add(take(made, step))
        checkMoney(made.platform)
        for (const [key, trade] of made.platform.trades) {
          const known = before.get(key)
          if (known === undefined) continue
          assert.ok(
            progress[trade.state] >= progress[known.state] && (known.state === 'waiting' || known.state === trade.state || trade.state === 'finished'),
            `${known.state} to ${trade.state}`,
          )
          assert.equal(trade.tradeNo, known.tradeNo)
        }
        before = new Map(made.platform.trades)
      }
      checkBills(made.platform, '2026-11-26', 70)
      const { trades, notifications, refunds } = made.platform
      const numbers = [...[...trades.values()].map(({ tradeNo }) => tradeNo), ...notifications.keys(), ...[...refunds.values()].map(({ refundNo }) => refundNo)]
      assert.equal(new Set(numbers).size, numbers.length)
    }),
    { numRuns: 500 },
  )
  const missed = outcomes.filter((outcome) => !reached.has(outcome))
  assert.deepEqual(missed, [], 'a history that never gets there proves nothing')
})
