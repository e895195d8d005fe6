import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import fc from 'fast-check'
import { couponSchema } from './service.ts'
import type { ClaimState } from './tables.ts'
import { coupon, couponsOn } from './testing.ts'

const orderIds = ['ord_1', 'ord_2', 'ord_3', 'ord_4']
const histories = fc.record({
  /** The coupon that each order wants. */
  wanted: fc.tuple(...orderIds.map(() => fc.constantFrom('cpn-1', 'cpn-2'))),
  steps: fc.array(fc.record({ kind: fc.constantFrom('claim', 'cancel'), orderIds: fc.array(fc.constantFrom(...orderIds), { minLength: 1, maxLength: 6 }) }), {
    maxLength: 12,
  }),
})

/** What should happen, one order at a time, without batches, rows or guards. */
function referenceOf(wantedBy: ReadonlyMap<string, string>) {
  const states = new Map<string, ClaimState>()
  const holders = new Map<string, string>()
  return {
    states,
    holders,
    claim: (orderId: string): string => {
      const couponId = wantedBy.get(orderId) ?? ''
      const known = states.get(orderId)
      if (known !== undefined) return known === 'held' ? 'CLAIMED 500' : known === 'refused' ? 'TAKEN 0' : 'ALREADY_RELEASED 0'
      const free = !holders.has(couponId)
      if (free) holders.set(couponId, orderId)
      states.set(orderId, free ? 'held' : 'refused')
      return free ? 'CLAIMED 500' : 'TAKEN 0'
    },
    cancel: (orderId: string): string => {
      if (states.get(orderId) === 'held') holders.delete(wantedBy.get(orderId) ?? '')
      if (states.get(orderId) !== 'refused') states.set(orderId, 'released')
      return 'done'
    },
  }
}

test('claims and cancels in any order, doubled and batched, have the effect of each order once', async () => {
  const property = fc.asyncProperty(histories, async ({ wanted, steps }) => {
    const wantedBy = new Map(orderIds.map((orderId, index) => [orderId, wanted[index] ?? '']))
    const store = openMemoryStore({ name: 'coupon', schemas: [couponSchema] })
    const coupons = await couponsOn(store, [coupon('cpn-1'), coupon('cpn-2')])
    const answers = await Promise.all(
      steps.map(async ({ kind, orderIds: asked }): Promise<readonly string[]> => {
        if (kind === 'cancel') return (await coupons.cancel(...asked)).map((verdict) => verdict.kind)
        return coupons.claim(...asked.map((orderId) => ({ orderId, couponId: wantedBy.get(orderId) ?? '' })))
      }),
    )

    const reference = referenceOf(wantedBy)
    assert.deepEqual(
      answers,
      steps.map(({ kind, orderIds: asked }) => asked.map((orderId) => reference[kind](orderId))),
    )
    assert.deepEqual(
      (await coupons.list()).toSorted(),
      ['cpn-1', 'cpn-2'].map((couponId) => `${couponId} ${reference.holders.has(couponId) ? 'CLAIMED' : 'USABLE'}`),
    )
    assert.equal((await coupons.effects({})).length, reference.states.size)
    assert.deepEqual(await coupons.violations(), [])
    await store.close()
  })
  await fc.assert(property, { numRuns: 150 })
})
