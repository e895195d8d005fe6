import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CancelReason, OrderState, PlaceOutcome, type PlaceAnswer } from '@suanpan/contracts/order'
import { orderBody, placed, requestDigest, stateName, wireStates, type PlaceBody } from './orders.ts'
import { Problem, problemBody } from './problems.ts'
import { sampleOrder } from './testing/sample-order.ts'

/** What a client would be told: status, what it is, and the order it is about. */
function told(answer: Partial<PlaceAnswer>): readonly unknown[] {
  try {
    const { status, order } = placed({ outcome: PlaceOutcome.UNSPECIFIED, order: undefined, replayed: false, unknownSku: '', ...answer })
    return [status, order.state, order.orderId]
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { status, code, orderId } = problemBody(error)
    return [status, code, orderId, error.retryAfterSeconds]
  }
}

describe('every outcome of placing has its answer', () => {
  const cancelled = (cancelReason: CancelReason) => sampleOrder({ state: OrderState.CANCELLED, cancelReason })
  const cases: readonly (readonly [answer: Partial<PlaceAnswer>, expected: readonly unknown[]])[] = [
    [{ outcome: PlaceOutcome.PLACED, order: sampleOrder() }, [201, 'paid', 'ord_1']],
    [{ outcome: PlaceOutcome.PLACED, order: sampleOrder({ state: OrderState.AWAITING_PAYMENT }) }, [201, 'awaiting_payment', 'ord_1']],
    [{ outcome: PlaceOutcome.ACCEPTED, order: sampleOrder({ state: OrderState.PENDING }) }, [202, 'pending', 'ord_1']],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.OUT_OF_STOCK) }, [409, 'out_of_stock', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.COUPON_NOT_USABLE) }, [409, 'coupon_not_usable', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.INSUFFICIENT_BALANCE) }, [409, 'insufficient_balance', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.CONFIRM_FAILED) }, [409, 'confirm_failed', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.TIMED_OUT) }, [409, 'timed_out', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.UNPAID) }, [409, 'unpaid', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.REFUSED, order: cancelled(CancelReason.CUSTOMER) }, [409, 'customer', 'ord_1', undefined]],
    [{ outcome: PlaceOutcome.IDEMPOTENCY_KEY_REUSED }, [422, 'idempotency_key_reused', undefined, undefined]],
    [{ outcome: PlaceOutcome.UNKNOWN_SKU, unknownSku: 'tea' }, [400, 'unknown_sku', undefined, undefined]],
    [{ outcome: PlaceOutcome.OVERLOADED }, [503, 'overloaded', undefined, 1]],
    [{ outcome: PlaceOutcome.UNAVAILABLE }, [503, 'unavailable', undefined, 1]],
    [{ outcome: PlaceOutcome.UNSPECIFIED }, [503, 'unavailable', undefined, 1]],
  ]
  for (const [answer, expected] of cases) {
    const reason = answer.order?.cancelReason ?? answer.order?.state ?? ''
    test(`${answer.outcome} ${reason}`, () => assert.deepEqual(told(answer), expected))
  }

  test('no outcome and no reason is left out', () => {
    assert.deepEqual(new Set(cases.map(([{ outcome }]) => outcome)), new Set(Object.values(PlaceOutcome)))
    const reasons = cases.flatMap(([{ order }]) => order?.cancelReason ?? [])
    assert.deepEqual(new Set(reasons), new Set(Object.values(CancelReason).filter((reason) => reason !== CancelReason.UNSPECIFIED)))
  })

  test('an order that is missing is a bug, not an answer', () => {
    assert.throws(() => placed({ outcome: PlaceOutcome.PLACED, order: undefined, replayed: false, unknownSku: '' }), /without an order/)
  })
})

describe('orders on the wire', () => {
  test('what an order does not have is left out', () => {
    assert.deepEqual(orderBody(sampleOrder()), {
      orderId: 'ord_1',
      userId: 'user-1',
      state: 'paid',
      items: [{ sku: 'tea', title: '茶 · Tea', quantity: 2, unitPriceFen: 500 }],
      itemsFen: 1_000,
      discountFen: 300,
      balanceFen: 700,
      payableFen: 0,
      createdAt: 1_000,
    })
  })

  test('what it has is told', () => {
    const { expiresAt, cancelReason, couponId } = orderBody(
      sampleOrder({ state: OrderState.CANCELLED, expiresAt: 9_000, cancelReason: CancelReason.UNPAID, couponId: 'c-1' }),
    )
    assert.deepEqual([expiresAt, cancelReason, couponId], [9_000, 'unpaid', 'c-1'])
  })

  test('states asked for are the states answered', () => {
    for (const [name, state] of Object.entries(wireStates)) assert.equal(stateName(state), name)
  })
})

describe('the digest of a body', () => {
  const body: PlaceBody = { items: [{ sku: 'a', quantity: 1 }, { sku: 'b', quantity: 2 }], couponId: 'c', useBalanceFen: 5 }
  const cases: readonly (readonly [what: string, other: PlaceBody, same: boolean])[] = [
    ['fields in another order', { useBalanceFen: 5, couponId: 'c', items: [{ quantity: 1, sku: 'a' }, { quantity: 2, sku: 'b' }] }, true],
    ['lines in another order', { ...body, items: body.items.toReversed() }, false],
    ['another quantity', { ...body, items: [{ sku: 'a', quantity: 1 }, { sku: 'b', quantity: 3 }] }, false],
    ['a line less', { ...body, items: [{ sku: 'a', quantity: 1 }] }, false],
    ['another coupon', { ...body, couponId: 'd' }, false],
    ['no coupon', { items: body.items, useBalanceFen: 5 }, false],
    ['another amount', { ...body, useBalanceFen: 6 }, false],
    ['all balance', { ...body, useBalanceFen: 'max' }, false],
    ['no balance', { items: body.items, couponId: 'c' }, false],
  ]
  for (const [what, other, same] of cases) test(what, () => assert.equal(requestDigest(other) === requestDigest(body), same))

  test('a coupon called null is not no coupon; 0 balance is none', () => {
    const { items } = body
    assert.notEqual(requestDigest({ items, couponId: 'null' }), requestDigest({ items }))
    assert.equal(requestDigest({ items, useBalanceFen: 0 }), requestDigest({ items }))
  })
})
