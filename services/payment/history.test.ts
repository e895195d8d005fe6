import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChannelName } from '@suanpan/channels'
import type { Notification } from '@suanpan/contracts/payment'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import fc from 'fast-check'
import { engine, noon, paymentsOn, testWorld, type Payments, type TestWorld } from './testing/index.ts'
import type { Fault, Operation } from './testing/platform.ts'

const channels = ['alipay', 'wechat'] as const
const orderIds = ['ord_1', 'ord_2']
const faulty = ['create', 'query', 'close', 'refund', 'queryRefund'] as const satisfies readonly Operation[]

const which = fc.nat(20)
const byProcess = fc.nat(1)
const ofOrder = fc.constantFrom(...orderIds)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const), orderId: ofOrder, over: fc.constantFrom(...channels), process: byProcess }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('scan' as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pay' as const), which }) },
  // Told any number of times, in any order, to any process; what is never drawn is lost.
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('tell' as const), which, process: byProcess }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tellClosed' as const), which, process: byProcess }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('close' as const),
      orderId: ofOrder,
      reason: fc.constantFrom('EXPIRED' as const, 'CUSTOMER' as const),
      process: byProcess,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('refund' as const), orderId: ofOrder, amountFen: fc.integer({ min: 1, max: 120 }), process: byProcess }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deliver' as const), process: byProcess }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('elapse' as const), seconds: fc.constantFrom(1, 5, 31, 70), process: byProcess }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      over: fc.constantFrom(...channels),
      operation: fc.constantFrom(...faulty),
      faults: fc.array(fc.constantFrom<Fault[]>('silent', 'lost'), { minLength: 1, maxLength: 3 }),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Drawn> ? Drawn : never

/** The order service's part: the first payment pays the order, unless it is cancelled; all other money is surplus. */
function ordersOf(world: TestWorld) {
  const paidBy = new Map<string, string>()
  const cancelled = new Set<string>()
  const heard = new Set<string>()
  return {
    paidBy,
    cancelled,
    cancel: (orderId: string) => {
      if (paidBy.has(orderId)) return
      cancelled.add(orderId)
      world.orders.put(orderId, { state: 'ORDER_STATE_CANCELLED' })
    },
    /** Hears what was published since, and says what is surplus. */
    deliver: async (payments: Payments) => {
      for (const message of await payments.published('payment.paid')) {
        const [orderId = '', , paymentId = ''] = message.split(':')
        if (heard.has(message)) continue
        heard.add(message)
        if (paidBy.has(orderId) || cancelled.has(orderId)) assert.deepEqual(await payments.sayIsSurplus(paymentId, paymentId), ['done', 'done'])
        else {
          paidBy.set(orderId, paymentId)
          world.orders.put(orderId, { state: 'ORDER_STATE_PAID', paymentId })
        }
      }
    },
  }
}

type Orders = ReturnType<typeof ordersOf>

/** Every attempt of both platforms. */
function attemptsOf(world: TestWorld): readonly { readonly over: ChannelName; readonly paymentId: string }[] {
  return channels.flatMap((over) => world[over].tradeIds().map((paymentId) => ({ over, paymentId })))
}

async function take(drawn: Step, world: TestWorld, processes: readonly Payments[], orders: Orders, refunds: { count: number }): Promise<void> {
  const payments = processes['process' in drawn ? drawn.process : 0] as Payments
  const attempts = attemptsOf(world)
  const attempt = 'which' in drawn ? attempts[drawn.which % Math.max(1, attempts.length)] : undefined
  const tell = (told: (paymentId: string) => Notification) => (attempt === undefined ? undefined : payments.receive(told(attempt.paymentId)))
  switch (drawn.kind) {
    case 'begin':
      await payments.create(drawn.orderId, { over: drawn.over })
      return
    case 'scan':
      if (attempt !== undefined) world[attempt.over].scan(attempt.paymentId)
      return
    case 'pay':
      if (attempt !== undefined) world[attempt.over].pay(attempt.paymentId)
      return
    case 'tell':
      if (attempt !== undefined && world[attempt.over].paidFen(attempt.paymentId) > 0) await tell(world[attempt.over].tell)
      return
    case 'tellClosed':
      // A platform says so late, and of what was closed only.
      if (attempt !== undefined && world[attempt.over].isClosed(attempt.paymentId)) await tell(world[attempt.over].tellClosed)
      return
    case 'close': {
      const [outcome] = await payments.close(drawn.reason, drawn.orderId)
      if (outcome === 'CLOSED') orders.cancel(drawn.orderId)
      return
    }
    case 'refund': {
      const paymentId = orders.paidBy.get(drawn.orderId)
      refunds.count += 1
      if (paymentId !== undefined) await payments.askRefunds(paymentId, [`rf_${refunds.count}`, drawn.amountFen])
      return
    }
    case 'deliver':
      return orders.deliver(payments)
    case 'elapse':
      return payments.elapse(drawn.seconds * 1_000, drawn.seconds * 1_000)
    case 'fail':
      world[drawn.over].failNext(drawn.operation, ...drawn.faults)
  }
}

/** Ways that the histories have to lead to, or they prove little. */
const ways = [
  'paid',
  'already_paid',
  'closed',
  'refund_done',
  'create.known',
  'create.paid',
  'create.barred',
  'refund.opened',
  'refund.known',
  'refund.impossible',
]

async function liveThrough(steps: readonly Step[], met: Set<string>): Promise<void> {
  const store = openMemoryStore(engine)
  const world = testWorld()
  const processes = [paymentsOn(store, world), paymentsOn(store, world)]
  const [payments] = processes as [Payments]
  const orders = ordersOf(world)
  for (const id of orderIds) world.orders.put(id, { expiresAt: noon + 120_000 })
  const paid = new Set<string>()
  const refunds = { count: 0 }

  for (const drawn of steps) {
    await take(drawn, world, processes, orders, refunds)
    const rows = await Promise.all(attemptsOf(world).map(({ paymentId }) => payments.row(paymentId)))
    for (const { paymentId, state } of rows) {
      if (state === 'paid') paid.add(paymentId)
      else assert.ok(!paid.has(paymentId), `${paymentId} has left "paid"`)
    }
  }

  // No more notifications, and no more faults: the rest is found out by asking.
  for (const over of channels) for (const operation of faulty) world[over].failNext(operation)
  for (let round = 0; round < 12; round++) {
    await payments.elapse(120_000, 60_000)
    await orders.deliver(payments)
  }

  for (const { over, paymentId } of attemptsOf(world)) {
    const row = await payments.row(paymentId)
    const paidFen = world[over].paidFen(paymentId)
    assert.equal(row.state, paidFen > 0 ? 'paid' : 'closed')
    assert.equal(row.refundedFen, world[over].refundedFen(paymentId))
    assert.equal(row.refundingFen, 0)
    assert.ok(row.refundedFen <= paidFen)
    const isTheOrders = orders.paidBy.get(row.orderId) === paymentId
    if (!isTheOrders) assert.equal(row.refundedFen, paidFen, `${paymentId} is a surplus of order ${row.orderId}`)
    const messages = (await payments.published('payment.paid')).filter((message) => message.endsWith(paymentId))
    assert.equal(messages.length, paidFen > 0 ? 1 : 0)
  }
  assert.deepEqual(await payments.quarantine(), [])
  assert.deepEqual(await payments.violations(), [])
  for (const { marks } of processes) for (const mark of marks.keys()) met.add(mark.replace('payment.', ''))
  await store.close()
}

test('notifications, questions, closes and refunds in any order, doubled, lost and late: each payment counts once', async () => {
  const met = new Set<string>()
  const history = fc.array(step, { minLength: 40, maxLength: 80 })
  await fc.assert(
    fc.asyncProperty(history, (steps) => liveThrough(steps, met)),
    { numRuns: 200 },
  )
  assert.deepEqual(
    ways.filter((way) => !met.has(way)),
    [],
  )
})
