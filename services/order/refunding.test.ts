import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderRefund } from '@suanpan/contracts/order'
import { topics } from '@suanpan/contracts/topics'
import { busSchema } from '@suanpan/runtime/bus'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { orderSchema } from './service.ts'
import { ordersOn } from './testing.ts'

type Orders = ReturnType<typeof ordersOn>

/** An order of 10 yuan: 7 paid over a platform, 3 from the balance. */
async function paidOrder(orders: Orders, key = 'tea'): Promise<string> {
  const orderId = await orders.place({ key, priceFen: 1_000, balanceFen: 300 })
  await orders.paid([orderId, 'pay_1', 700])
  return orderId
}

async function refundId(orders: Orders, orderId: string, key: string, amountFen?: number): Promise<string> {
  const { outcome, refund } = await orders.refund(orderId, key, amountFen)
  assert.equal(outcome, 'REFUND_ORDER_OUTCOME_ACCEPTED')
  return refund?.refundId ?? ''
}

function brief({ state, platformFen, balanceFen }: OrderRefund): string {
  return `${state.replace('ORDER_REFUND_STATE_', '')} ${platformFen}+${balanceFen}`
}

describeOnEveryEngine({ name: 'order', schemas: [orderSchema, busSchema] }, (open) => {
  test('the platform is asked first; the rest follows once its part is back', async () => {
    const orders = ordersOn(await open())
    const orderId = await paidOrder(orders)
    const id = await refundId(orders, orderId, 'key-1', 800)
    assert.match(id, /^rf_[0-9a-f]{26}$/)
    const requested = topics.orderRefundRequested.body.decode(await orders.body(`${orderId}:refund_requested:${id}`))
    assert.deepEqual(requested, { refundId: id, orderId, paymentId: 'pay_1', platformFen: 700, reason: 'broken' })
    assert.equal(await orders.stateOf(orderId), 'PAID')

    assert.deepEqual(await orders.settled({ refundId: id, amountFen: 700 }), ['done'])
    assert.equal(await orders.stateOf(orderId), 'PARTIALLY_REFUNDED')
    const refunded = topics.orderRefunded.body.decode(await orders.body(`${orderId}:refunded:${id}`))
    assert.deepEqual(refunded, { refundId: id, orderId, userId: 'user-1', amountFen: 800, balanceFen: 100, isFull: false })
    assert.equal((await orders.get(orderId)).order?.refundedFen, 800)

    await orders.clock.advance(1)
    const rest = await refundId(orders, orderId, 'key-2')
    assert.equal(await orders.stateOf(orderId), 'REFUNDED')
    const full = topics.orderRefunded.body.decode(await orders.body(`${orderId}:refunded_fully:${rest}`))
    assert.deepEqual(full, { refundId: rest, orderId, userId: 'user-1', amountFen: 200, balanceFen: 200, isFull: true })
    assert.deepEqual((await orders.listRefunds(orderId)).map(brief), ['DONE 700+100', 'DONE 0+200'])
    assert.deepEqual(
      (await orders.get(orderId)).events.map(({ name }) => name),
      ['opened', 'confirmed', 'paid', 'refund_requested', 'refunded', 'refunded'],
    )
    assert.deepEqual(await orders.violations(), [])
  })

  test('the same key is the same refund, whatever has become of it; with another body it is refused', async () => {
    const orders = ordersOn(await open())
    const orderId = await paidOrder(orders)
    const first = await orders.refund(orderId, 'key-1', 1_000)
    assert.deepEqual([first.replayed, first.refund?.state], [false, 'ORDER_REFUND_STATE_PROCESSING'])
    const again = await orders.refund(orderId, 'key-1', 1_000)
    assert.deepEqual(again, { ...first, replayed: true })
    assert.equal((await orders.refund(orderId, 'key-1', 1)).outcome, 'REFUND_ORDER_OUTCOME_IDEMPOTENCY_KEY_REUSED')
    await orders.settled({ refundId: first.refund?.refundId ?? '', amountFen: 700 })
    const later = await orders.refund(orderId, 'key-1', 1_000)
    assert.deepEqual([later.replayed, later.refund?.state], [true, 'ORDER_REFUND_STATE_DONE'])
    assert.equal((await orders.listRefunds(orderId)).length, 1)
  })

  test('of two requests at once with one key and different bodies, what is given back is what the accepted one asked for', async () => {
    const orders = ordersOn(await open())
    const overPlatform = await paidOrder(orders)
    const fromBalance = await orders.place({ key: 'cup', priceFen: 1_000, balanceFen: 1_000 })
    const amounts = [100, 600]
    for (const orderId of [overPlatform, fromBalance]) {
      const answers = await Promise.all(amounts.map((amountFen) => orders.refund(orderId, 'key-1', amountFen)))
      const accepted = answers.findIndex(({ refund }) => refund !== undefined)
      const asked = amounts[accepted] ?? 0
      const { refund } = answers[accepted] ?? {}
      assert.deepEqual([refund?.amountFen, answers[1 - accepted]?.outcome], [asked, 'REFUND_ORDER_OUTCOME_IDEMPOTENCY_KEY_REUSED'])
      const id = refund?.refundId ?? ''
      if (orderId === overPlatform) {
        assert.equal(topics.orderRefundRequested.body.decode(await orders.body(`${orderId}:refund_requested:${id}`)).platformFen, asked)
        assert.deepEqual(await orders.settled({ refundId: id, amountFen: asked }), ['done'])
      }
      const { amountFen, balanceFen } = topics.orderRefunded.body.decode(await orders.body(`${orderId}:refunded:${id}`))
      assert.deepEqual([amountFen, balanceFen], [asked, orderId === overPlatform ? 0 : asked])
    }
    assert.deepEqual(await orders.violations(), [])
  })

  test('what a customer was told when placing does not change when money goes back', async () => {
    const orders = ordersOn(await open())
    const placing = { key: 'tea', priceFen: 1_000, balanceFen: 300 }
    const told = await orders.answer(placing)
    const orderId = await paidOrder(orders)
    await orders.settled({ refundId: await refundId(orders, orderId, 'key-1'), amountFen: 700 })
    assert.equal(await orders.stateOf(orderId), 'REFUNDED')
    assert.deepEqual(await orders.answer(placing), { ...told, replayed: true })
  })

  test('what cannot be refunded is refused, with what could be', async () => {
    const orders = ordersOn(await open())
    const unpaid = await orders.place({ key: 'unpaid', priceFen: 1_000 })
    const paid = await paidOrder(orders)
    await orders.refund(paid, 'under-way', 400)
    const free = await orders.place({ key: 'free', priceFen: 0 })
    const cases: { orderId: string; amountFen?: number; outcome: string; refundableFen: number }[] = [
      { orderId: 'ord_nobody', amountFen: 1, outcome: 'NOT_FOUND', refundableFen: 0 },
      { orderId: unpaid, amountFen: 1, outcome: 'NOT_REFUNDABLE', refundableFen: 0 },
      { orderId: free, outcome: 'NOT_REFUNDABLE', refundableFen: 0 },
      { orderId: paid, amountFen: 601, outcome: 'EXCEEDS_PAID', refundableFen: 600 },
      { orderId: paid, amountFen: 600, outcome: 'ACCEPTED', refundableFen: 0 },
      { orderId: paid, outcome: 'NOT_REFUNDABLE', refundableFen: 0 },
    ]
    for (const [index, { orderId, amountFen, outcome, refundableFen }] of cases.entries()) {
      const answer = await orders.refund(orderId, `key-${index}`, amountFen)
      assert.deepEqual([answer.outcome, answer.refundableFen], [`REFUND_ORDER_OUTCOME_${outcome}`, refundableFen])
    }
    assert.deepEqual(await orders.violations(), [])
  })

  test('a refund that the platform refuses leaves everything as it was, and its amount to others', async () => {
    const orders = ordersOn(await open())
    const orderId = await paidOrder(orders)
    const id = await refundId(orders, orderId, 'key-1')
    assert.deepEqual(await orders.settled({ refundId: id, amountFen: 700, done: false, detail: 'ACQ.SELLER_BALANCE_NOT_ENOUGH' }), ['done'])
    assert.equal(await orders.stateOf(orderId), 'PAID')
    assert.deepEqual((await orders.listRefunds(orderId)).map(brief), ['FAILED 700+300'])
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'paid', `refund_requested:${id}`])
    // What comes after the first word about a refund changes nothing, whatever it says.
    assert.deepEqual(await orders.settled({ refundId: id, amountFen: 700 }), ['done'])
    assert.equal(await orders.stateOf(orderId), 'PAID')
    await orders.settled({ refundId: await refundId(orders, orderId, 'key-2'), amountFen: 700 })
    assert.equal(await orders.stateOf(orderId), 'REFUNDED')
    assert.deepEqual(await orders.violations(), [])
  })

  test('word of a refund may come twice, of a surplus, or of nothing we know', async () => {
    const orders = ordersOn(await open())
    const orderId = await paidOrder(orders)
    const id = await refundId(orders, orderId, 'key-1', 500)
    assert.deepEqual(
      await orders.settled(
        { refundId: 'rf_nobody', amountFen: 500 },
        { refundId: 'rs_1', amountFen: 500, surplus: true },
        { refundId: id, amountFen: 499 },
        { refundId: id, amountFen: 500 },
        { refundId: id, amountFen: 500 },
      ),
      ['retry', 'done', 'poison', 'done', 'done'],
    )
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'paid', `refund_requested:${id}`, `refunded:${id}`])
    assert.deepEqual(await orders.violations(), [])
  })

  test('refunds of one order at the same time share what was paid, and no more', async () => {
    const orders = ordersOn(await open())
    const orderId = await paidOrder(orders)
    const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => orders.refund(orderId, `key-${index % 12}`, 90)))
    const accepted = new Set(answers.flatMap(({ refund }) => refund?.refundId ?? []))
    assert.equal(accepted.size, 11)
    assert.deepEqual(
      new Set(answers.filter(({ refund }) => refund === undefined).map(({ outcome, refundableFen }) => `${outcome} ${refundableFen}`)),
      new Set(['REFUND_ORDER_OUTCOME_EXCEEDS_PAID 10']),
    )
    const refunds = await orders.listRefunds(orderId)
    for (const { refundId: id, platformFen, balanceFen } of refunds) {
      const body = await orders.body(`${orderId}:${platformFen > 0 ? 'refund_requested' : 'refunded'}:${id}`)
      if (platformFen > 0) assert.equal(topics.orderRefundRequested.body.decode(body).platformFen, platformFen)
      else assert.equal(topics.orderRefunded.body.decode(body).balanceFen, balanceFen)
    }
    const underWay = refunds.filter(({ state }) => state === 'ORDER_REFUND_STATE_PROCESSING')
    await Promise.all(underWay.flatMap((refund) => [orders.settled(settlementOf(refund)), orders.settled(settlementOf(refund))]))
    assert.deepEqual(await orders.violations(), [])
    const rest = await orders.refund(orderId, 'rest')
    assert.deepEqual([rest.refund?.platformFen, rest.refund?.balanceFen], [0, 10])
    assert.equal(await orders.stateOf(orderId), 'REFUNDED')
    const full = (await orders.published(orderId)).filter((id) => id.startsWith('refunded'))
    assert.deepEqual([full.length, full.filter((id) => id.startsWith('refunded_fully')).length], [12, 1])
    assert.deepEqual(await orders.violations(), [])
  })

  test('the last of several refunds under way is the full one, in whatever order the platform settles them', async () => {
    const orders = ordersOn(await open())
    const orderId = await paidOrder(orders)
    const ids = [await refundId(orders, orderId, 'a', 300), await refundId(orders, orderId, 'b', 300), await refundId(orders, orderId, 'c', 400)]
    const [first, second, third] = ids
    assert.deepEqual(
      await orders.settled({ refundId: third ?? '', amountFen: 100 }, { refundId: first ?? '', amountFen: 300 }, { refundId: second ?? '', amountFen: 300 }),
      ['done', 'done', 'done'],
    )
    const said = (await orders.published(orderId)).filter((id) => id.startsWith('refunded'))
    assert.deepEqual(said.toSorted(), [`refunded:${third}`, `refunded:${first}`, `refunded_fully:${second}`].toSorted())
    assert.equal(await orders.stateOf(orderId), 'REFUNDED')
  })

  test('damage that every constraint lets pass is found and named', async () => {
    const cases = [
      { damage: `UPDATE order_refund SET amount_fen = 799, balance_fen = 99`, found: ['balanceRefundedFen is 100, its refunds say 99'] },
      {
        damage: `UPDATE order_refund SET state = 'processing'`,
        found: [
          'platformRefundedFen is 700, its refunds say 0',
          'balanceRefundedFen is 100, its refunds say 0',
          'platformRefundingFen is 0, its refunds say 700',
          'balanceRefundingFen is 0, its refunds say 100',
        ],
      },
      {
        damage: `UPDATE order_refund SET order_id = 'ord_nobody'`,
        found: ['platformRefundedFen is 700, its refunds say 0', 'balanceRefundedFen is 100, its refunds say 0', 'refunds of an order that is not in the book'],
      },
      {
        damage: `UPDATE orders SET state = 'refunded'`,
        found: ['it is refunded, and 800 of 1000 fen were refunded', 'its events end in partially_refunded, its row says refunded'],
      },
      {
        damage: `UPDATE orders SET state = 'paid'`,
        found: ['it is paid, and 800 of 1000 fen were refunded', 'its events end in partially_refunded, its row says paid'],
      },
      { damage: `UPDATE orders SET payment_id = NULL`, found: ['it is partially_refunded, with 700 fen to pay, and no payment paid it'] },
    ]
    for (const { damage, found } of cases) {
      const store = await open()
      const orders = ordersOn(store)
      const orderId = await paidOrder(orders)
      await orders.settled({ refundId: await refundId(orders, orderId, 'key-1', 800), amountFen: 700 })
      assert.deepEqual(await orders.violations(), [])
      await store.transact(async (tx) => tx.execute(damage, []))
      assert.deepEqual(await orders.violations(), found)
    }
  })
})

function settlementOf({ refundId: id, platformFen }: OrderRefund) {
  return { refundId: id, amountFen: platformFen }
}
