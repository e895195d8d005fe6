import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AuditServiceDefinition, EffectsServiceDefinition, type Effect } from '@suanpan/contracts/audit'
import { OrderServiceDefinition, type OrderFacts } from '@suanpan/contracts/order'
import { inProcessRpc, type Implementation, type Rpc } from '@suanpan/runtime/rpc'
import { manualClock } from '@suanpan/runtime/time'
import { runAudit, type AuditReport } from './audit.ts'
import { effectHolders, rules } from './rules.ts'

const clock = manualClock(100_000)
const graceMs = 1_000
const longAgo = 50_000

/** Paid, and its stock never sold: wrong, if it has been so for long enough. */
const stuck: OrderFacts = {
  orderId: 'ord_1',
  state: 'ORDER_STATE_PAID',
  userId: 'ada',
  units: 1,
  itemsFen: 0,
  discountFen: 0,
  balanceFen: 0,
  payableFen: 0,
  couponId: undefined,
  createdAt: longAgo,
  changedAt: longAgo,
  dueAt: 0,
  platformRefundedFen: 0,
  balanceRefundedFen: 0,
  paymentId: '',
  expiresAt: 0,
  unitsBySku: 'TEA 1',
}
const reserved: Effect = { orderId: 'ord_1', state: 'EFFECT_STATE_HELD', amount: 1, subject: '', takenAt: longAgo, settledAt: 0 }
const granted: Effect = { ...reserved, state: 'EFFECT_STATE_KEPT', amount: 0, subject: 'ada', settledAt: longAgo }

const notAsked = (): Promise<never> => Promise.reject(new Error('an audit asks for nothing else'))

interface Books {
  /** What the order service says, one look after the other; the last stays. */
  readonly looks: readonly OrderFacts[]
  readonly reservation?: Effect
  /** More orders, by id. */
  readonly others?: readonly OrderFacts[]
  /** A service that does not answer. */
  readonly away?: string
}

function shopWith({ looks, reservation = reserved, others = [], away = '' }: Books): Rpc {
  const rpc = inProcessRpc({ clock, maxCalls: 100, onError: () => {} })
  let look = 0
  const listFacts: Implementation<typeof OrderServiceDefinition>['listFacts'] = async ({ afterOrderId, limit, orderIds }) => {
    const facts = [...others, ...looks.slice(Math.min(look++, looks.length - 1)).slice(0, 1)]
    const isAsked = ({ orderId }: OrderFacts) => (orderIds.length > 0 ? orderIds.includes(orderId) : orderId > afterOrderId)
    return { facts: facts.filter(isAsked).slice(0, limit === 0 ? undefined : limit) }
  }
  const silent = {
    place: notAsked,
    getOrder: notAsked,
    listOrders: notAsked,
    cancelOrder: notAsked,
    refundOrder: notAsked,
    listRefunds: notAsked,
    setFaults: notAsked,
  }
  rpc.provide(OrderServiceDefinition, { ...silent, listFacts })
  const effectOf: { readonly [holder: string]: Effect } = { inventory: reservation, points: granted }
  for (const holder of ['order', 'log', ...effectHolders].filter((name) => name !== away)) {
    rpc.provide(AuditServiceDefinition, { checkBooks: async () => ({ checks: [{ name: `${holder}.books`, examined: 1 }], violations: [] }) }, holder)
    const effect = effectOf[holder]
    const listEffects: Implementation<typeof EffectsServiceDefinition>['listEffects'] = async ({ afterOrderId }) => ({
      effects: effect === undefined || afterOrderId >= effect.orderId ? [] : [effect],
    })
    rpc.provide(EffectsServiceDefinition, { listEffects }, holder)
  }
  return rpc
}

const audit = (books: Books, deadLetters = 0): Promise<AuditReport> => runAudit({ rpc: shopWith(books), clock, graceMs, deadLetters: async () => deadLetters })

const failed = ({ checks }: AuditReport): string[] => checks.filter(({ ok }) => !ok).map(({ name }) => name)

describe('the audit of a shop at work', () => {
  const young = clock.now() - graceMs + 1
  const cases: readonly { what: string; books: Books; broken: readonly string[]; onTheWay?: number }[] = [
    { what: 'what has been wrong for long is wrong', books: { looks: [stuck] }, broken: ['effects.sale_of_paid'] },
    { what: 'an order that changed a moment ago is on its way', books: { looks: [{ ...stuck, changedAt: young }] }, broken: [], onTheWay: 1 },
    { what: 'so is one whose effects did', books: { looks: [stuck], reservation: { ...reserved, takenAt: young } }, broken: [], onTheWay: 1 },
    { what: 'and one that moves between two looks', books: { looks: [stuck, stuck, { ...stuck, payableFen: 1 }] }, broken: [], onTheWay: 1 },
    {
      what: 'one that was only seen in between is wrong no more',
      books: { looks: [stuck], reservation: { ...reserved, state: 'EFFECT_STATE_KEPT' } },
      broken: [],
    },
    {
      what: 'a service that does not answer is not taken for a clean one',
      books: { looks: [stuck], away: 'user' },
      broken: [...rules.map(({ name }) => name), 'audit.complete', 'audit.reachable'],
    },
  ]
  for (const { what, books, broken, onTheWay = 0 } of cases) {
    test(what, async () => {
      const report = await audit(books)
      assert.deepEqual([failed(report), report.ok, report.onTheWay], [broken, broken.length === 0, onTheWay], JSON.stringify(report.violations))
    })
  }

  /** Many in the way of the one that is stuck. */
  const others = (changedAt: number): OrderFacts[] =>
    Array.from({ length: 5_000 }, (_, index) => ({ ...stuck, orderId: `ord_0${String(index).padStart(4, '0')}`, changedAt }))

  test('however many are on their way, the one that is stuck is found', async () => {
    const report = await audit({ looks: [stuck], others: others(young) })
    assert.deepEqual([failed(report), report.onTheWay], [['effects.sale_of_paid'], 5_000])
  })

  test('where more look wrong than are looked at again, it says how many', async () => {
    const { ok, violations } = await audit({ looks: [stuck], others: others(longAgo) })
    assert.equal(ok, false)
    assert.deepEqual(
      violations.filter(({ check }) => check === 'audit.complete'),
      [{ check: 'audit.complete', detail: 'more orders that look wrong, and were not looked at again: 1' }],
    )
  })

  test('says of which order, and what', async () => {
    const { violations } = await audit({ looks: [stuck] })
    assert.deepEqual(violations, [{ check: 'effects.sale_of_paid', orderId: 'ord_1', detail: 'stock: still reserved, though the order is paid' }])
  })

  test('dead letters are a violation until somebody has seen to them', async () => {
    const clean: Books = { looks: [stuck], reservation: { ...reserved, state: 'EFFECT_STATE_KEPT' } }
    assert.deepEqual(failed(await audit(clean, 2)), ['bus.dead_letters'])
    assert.deepEqual(failed(await audit(clean, 0)), [])
  })
})
