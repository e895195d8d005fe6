import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Server } from './context.ts'
import { limits } from './schemas.ts'
import { adminBearer, bearer, edgeBeforeServices } from './testing/edge.ts'

interface Documented {
  readonly route: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly statuses: readonly string[]
  readonly takesBody: boolean
}

/** A body that each route takes. */
const bodies: { readonly [route: string]: object } = {
  'POST /api/orders': { items: [{ sku: 'tea', quantity: 1 }] },
  'POST /api/orders/{orderId}/cancel': {},
  'POST /api/orders/{orderId}/payments': { channel: 'alipay' },
  'POST /api/demo/sign-in': { userId: 'user-1' },
  'POST /admin/products': { items: [{ sku: 'tea', title: 'Tea', priceFen: 1, stock: 1 }] },
  'POST /admin/users': { items: [{ userId: 'user-1', balanceFen: 1 }] },
  'POST /admin/coupons': { items: [{ couponId: 'c', userId: 'user-1', discountFen: 1 }] },
  'POST /admin/orders/{orderId}/refunds': { reason: 'broken' },
  'POST /admin/quarantine/{quarantineId}/resolve': { action: 'query' },
  'POST /admin/reconciliations': { channel: 'alipay', date: '2026-11-25' },
  'POST /admin/dead-letters/{deadLetterId}/replay': {},
  'PUT /admin/faults': { confirmFails: 0.5 },
  'POST /notify/alipay': {},
  'POST /notify/wechat': {},
}

describe('whatever a route answers is documented', () => {
  let edge: Server
  let routes: readonly Documented[]

  before(async () => {
    edge = await edgeBeforeServices({})
    const { paths } = (await edge.inject({ url: '/docs/json' })).json<{
      paths: Record<string, Record<string, { requestBody?: object; responses: Record<string, unknown> }>>
    }>()
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([name, { requestBody, responses }]) => {
        const method = name.toUpperCase() as Documented['method']
        return { route: `${method} ${path}`, method, path, statuses: Object.keys(responses), takesBody: requestBody !== undefined }
      }),
    )
  })

  /** Asks every route as `ask` says, and answers how each answered. */
  async function everyRoute(ask: { headers?: object; parameter?: string; query?: string; contentType?: string; payload?: string }) {
    const { headers = adminBearer(), parameter = 'some-id', query = '', contentType = 'application/json' } = ask
    const answers = new Map<string, number>()
    for (const { route, method, path, takesBody, statuses } of routes) {
      const payload = takesBody ? (ask.payload ?? JSON.stringify(bodies[route])) : undefined
      const { statusCode, body } = await edge.inject({
        method,
        url: `${path.replace(/\{\w+\}/, parameter)}${query}`,
        headers: { ...headers, 'idempotency-key': 'key', ...(payload === undefined ? {} : { 'content-type': contentType }) },
        ...(payload === undefined ? {} : { payload }),
      })
      assert(statuses.includes(String(statusCode)), `${route} answers ${statusCode}, and tells of ${statuses.join(', ')} only: ${body}`)
      answers.set(route, statusCode)
    }
    return (status: number) => [...answers].flatMap(([route, answer]) => (answer === status ? [route] : []))
  }

  test('with a body that it takes, and no service there', async () => {
    const answered = await everyRoute({})
    assert.deepEqual(answered(400), [])
    assert.deepEqual(answered(200), ['POST /api/demo/sign-in', 'GET /healthz', 'GET /metrics'])
  })

  test('without a token, or with one that opens another door', async () => {
    const [none, customers] = [await everyRoute({ headers: {} }), await everyRoute({ headers: bearer('user-1') })]
    assert(none(401).includes('GET /api/me'))
    assert(customers(403).includes('PUT /admin/faults'))
  })

  test('with an id, a query or a body that is none', async () => {
    assert((await everyRoute({ parameter: '%00' }))(400).includes('GET /api/payments/{paymentId}'))
    assert((await everyRoute({ query: '?no=such' }))(400).includes('GET /api/orders'))
    assert((await everyRoute({ payload: '{"items":' }))(400).includes('POST /api/orders'))
  })

  test('with a body that is too large, or of another kind', async () => {
    assert((await everyRoute({ payload: `"${'x'.repeat(limits.importBodyBytes)}"` }))(413).includes('POST /api/orders'))
    assert((await everyRoute({ contentType: 'text/plain' }))(415).includes('POST /api/orders'))
  })

  test('whatever it is, should something go wrong inside', () => {
    assert.deepEqual(
      routes.filter(({ statuses }) => !statuses.includes('500')),
      [],
    )
  })
})
