import assert from 'node:assert/strict'
import { test } from 'node:test'
import { busSchema, createStoreBus } from '@suanpan/runtime/bus'
import type { Reader, Store } from '@suanpan/runtime/store'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { noMarks } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createCancel } from './cancel.ts'
import type { Closed } from './closing.ts'
import { createOrderBook } from './order-book.ts'
import { orderSchema } from './service.ts'

const clock = manualClock()
const opening = {
  orderId: 'ord_1',
  userId: 'user-1',
  idempotencyId: 'user-1\nkey',
  requestDigest: '',
  items: [{ sku: 'tea', title: 'Tea', quantity: 1, unitPriceFen: 1_000 }],
  couponId: null,
  useBalanceFen: 0,
  useAllBalance: false,
  queued: false,
  at: 1_000,
  deadlineAt: 11_000,
  traceparent: '',
}

/** A store whose reads are always late: they show what was there when it was made. */
async function readingLate(store: Store): Promise<Store> {
  const rows = await store.read.query('SELECT * FROM orders', [])
  const get: Reader['get'] = async (table) => new Map(rows.map((row) => [String(row['order_id']), table.fromSql(row)]))
  return { ...store, read: { ...store.read, get } }
}

test('an order that is confirmed between being read and being cancelled is closed first, like any that may be paid', async () => {
  const cases: { closed: Closed; balanceFen: number; answer: string; asked: number }[] = [
    { closed: 'closed', balanceFen: 0, answer: 'CANCEL_OUTCOME_CANCELLED', asked: 1 },
    { closed: 'unknown', balanceFen: 0, answer: 'CANCEL_OUTCOME_UNAVAILABLE', asked: 1 },
    { closed: 'paid', balanceFen: 0, answer: 'CANCEL_OUTCOME_NOT_CANCELLABLE', asked: 1 },
    { closed: 'closed', balanceFen: 1_000, answer: 'CANCEL_OUTCOME_NOT_CANCELLABLE', asked: 0 },
  ]
  for (const { closed, balanceFen, answer, asked } of cases) {
    const store = openMemoryStore({ name: 'order', schemas: [orderSchema, busSchema] })
    const bus = createStoreBus({
      stores: [store],
      clock,
      marks: noMarks,
      owner: 'test',
      leaseMs: 1,
      pollEveryMs: 1,
      retryDelaysMs: [],
      retainMs: 1,
      onError: () => {},
    })
    const book = createOrderBook({ store, bus, clock, maxBatch: 10, maxQueued: 10 })
    const opened = await book.open(opening)
    assert(opened.kind === 'opened')
    const late = await readingLate(store)
    const confirmation = { orderId: 'ord_1', discountFen: 0, balanceFen, expiresAt: 60_000, at: 2_000, steps: [] }
    await book.confirm(opened.order, confirmation)
    let closings = 0
    const close = async (): Promise<Closed> => {
      closings++
      return closed
    }
    const { outcome } = await createCancel({ store: late, book, close, clock })({ orderId: 'ord_1', userId: 'user-1' }, '')
    assert.deepEqual([outcome, closings], [answer, asked])
    await store.close()
  }
})
