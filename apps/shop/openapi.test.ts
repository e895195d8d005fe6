import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { outcomes } from '@suanpan/contracts/outcomes'
import { startLiveShop, type LiveShop } from './testing/live-shop.ts'

/** The public names: they are promised, and so they are spelled out here once more. */
const promised = [
  'get /api/products',
  'get /api/me',
  'post /api/orders',
  'get /api/orders',
  'get /api/orders/{orderId}',
  'post /api/orders/{orderId}/cancel',
  'post /api/orders/{orderId}/payments',
  'get /api/payments/{paymentId}',
  'post /notify/alipay',
  'post /notify/wechat',
  'post /api/demo/sign-in',
  'post /admin/products',
  'post /admin/users',
  'post /admin/coupons',
  'get /admin/orders',
  'get /admin/orders/{orderId}/timeline',
  'post /admin/orders/{orderId}/refunds',
  'get /admin/orders/{orderId}/refunds',
  'get /admin/quarantine',
  'post /admin/quarantine/{quarantineId}/resolve',
  'get /admin/log',
  'post /admin/reconciliations',
  'get /admin/audit',
  'get /admin/dead-letters',
  'post /admin/dead-letters/{deadLetterId}/replay',
  'get /admin/faults',
  'put /admin/faults',
  'get /healthz',
  'get /readyz',
  'get /metrics',
]

describe('the documentation says what the shop does', () => {
  let shop: LiveShop
  let paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>
  before(async () => {
    shop = await startLiveShop()
    paths = (await shop.call('GET', '/docs/json')).body['paths'] as typeof paths
  })
  after(() => shop.stop())

  test('every promised route is documented, and no other', () => {
    const documented = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    assert.deepEqual(documented.sort(), [...promised].sort())
  })

  test('every status of placing an order is documented', () => {
    const responses = Object.keys(paths['/api/orders']?.['post']?.responses ?? {})
    assert.deepEqual(responses.sort(), ['201', '202', '400', '401', '409', '413', '415', '422', '500', '503'])
  })

  test('every code has its place on the page of problems', async () => {
    const { status, text } = await shop.call('GET', '/docs/problems')
    assert.equal(status, 200)
    for (const code of Object.keys(outcomes)) assert(text.includes(`id="${code}"`), code)
  })

  test('the page to browse is there', async () => {
    const { status, headers } = await shop.call('GET', '/docs/')
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/html; charset=utf-8'])
  })
})
