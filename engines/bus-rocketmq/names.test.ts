import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topicsAndGroups } from './names.ts'

const subscription = (group: string, ...topics: string[]) => ({ group, topics, publisher: 'order', maxBatch: 1, handle: async () => [] })

test('what has to exist at the broker: topics without dots, and a group for each topic that it reads, each once', () => {
  const needs = topicsAndGroups(
    ['order.paid', 'order.cancelled', 'order.paid'],
    [subscription('points.grant', 'order.paid'), subscription('log', 'order.paid', 'order.cancelled'), subscription('log', 'order.paid')],
    'shop-',
  )
  assert.deepEqual(needs, {
    topics: ['shop-order_paid', 'shop-order_cancelled'],
    groups: ['shop-points_grant-order_paid', 'shop-log-order_paid', 'shop-log-order_cancelled'],
  })
})
