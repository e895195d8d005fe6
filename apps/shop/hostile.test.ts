import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import { limits } from '@suanpan/edge'
import { startLiveShop, type CallOptions, type LiveShop } from './testing/live-shop.ts'

interface Case {
  readonly what: string
  readonly method?: string
  readonly path?: string
  readonly options?: CallOptions
  readonly expected: OutcomeCode
}

const line = { sku: 'tea-longjing-250g', quantity: 1 }
const key = { 'idempotency-key': 'hostile' }
const manyItems = Array.from({ length: 1_001 }, (_, index) => ({ userId: `user-${index}`, balanceFen: 1 }))

/** Bodies of an order that must be refused, each for one reason. */
const bodies: readonly { readonly what: string; readonly body: unknown; readonly expected: OutcomeCode }[] = [
  { what: 'nothing', body: '', expected: 'invalid_request' },
  { what: 'no JSON', body: '{"items":', expected: 'invalid_request' },
  { what: 'null', body: 'null', expected: 'invalid_request' },
  { what: 'a list', body: '[]', expected: 'invalid_request' },
  { what: 'no items', body: {}, expected: 'invalid_request' },
  { what: 'empty items', body: { items: [] }, expected: 'invalid_request' },
  { what: 'too many items', body: { items: Array.from({ length: 51 }, () => line) }, expected: 'invalid_request' },
  { what: 'an unknown field', body: { items: [line], discountFen: 5 }, expected: 'invalid_request' },
  { what: 'an unknown field in a line', body: { items: [{ ...line, unitPriceFen: 1 }] }, expected: 'invalid_request' },
  { what: 'quantity 0', body: { items: [{ ...line, quantity: 0 }] }, expected: 'invalid_request' },
  { what: 'quantity -1', body: { items: [{ ...line, quantity: -1 }] }, expected: 'invalid_request' },
  { what: 'quantity 1.5', body: { items: [{ ...line, quantity: 1.5 }] }, expected: 'invalid_request' },
  { what: 'quantity "1"', body: { items: [{ ...line, quantity: '1' }] }, expected: 'invalid_request' },
  { what: 'quantity 1000', body: { items: [{ ...line, quantity: 1_000 }] }, expected: 'invalid_request' },
  { what: 'quantity 1e400', body: '{"items":[{"sku":"a","quantity":1e400}]}', expected: 'invalid_request' },
  { what: 'quantity 2^53', body: { items: [{ ...line, quantity: 2 ** 53 }] }, expected: 'invalid_request' },
  { what: 'a SKU with NUL', body: { items: [{ sku: 'tea\u0000', quantity: 1 }] }, expected: 'invalid_request' },
  { what: 'a SKU with quotes', body: { items: [{ sku: "' OR 1=1 --", quantity: 1 }] }, expected: 'invalid_request' },
  { what: 'a SKU that is too long', body: { items: [{ sku: 'x'.repeat(65), quantity: 1 }] }, expected: 'invalid_request' },
  { what: 'a SKU that is a number', body: { items: [{ sku: 7, quantity: 1 }] }, expected: 'invalid_request' },
  { what: 'a SKU that names a prototype', body: { items: [{ sku: '__proto__', quantity: 1 }] }, expected: 'unknown_sku' },
  { what: 'a SKU that names a constructor', body: { items: [{ sku: 'constructor', quantity: 1 }] }, expected: 'unknown_sku' },
  { what: 'a prototype key', body: '{"items":[{"sku":"a","quantity":1}],"__proto__":{"admin":true}}', expected: 'invalid_request' },
  { what: 'a constructor key', body: '{"items":[{"sku":"a","quantity":1}],"constructor":{"prototype":{"a":1}}}', expected: 'invalid_request' },
  { what: 'negative balance', body: { items: [line], useBalanceFen: -1 }, expected: 'invalid_request' },
  { what: 'half a fen', body: { items: [line], useBalanceFen: 0.5 }, expected: 'invalid_request' },
  { what: 'balance "all"', body: { items: [line], useBalanceFen: 'all' }, expected: 'invalid_request' },
  { what: 'balance beyond all bounds', body: { items: [line], useBalanceFen: 1e15 }, expected: 'invalid_request' },
  { what: 'an empty coupon', body: { items: [line], couponId: '' }, expected: 'invalid_request' },
  { what: 'a coupon that is null', body: { items: [line], couponId: null }, expected: 'invalid_request' },
  { what: 'a body of 17 KB', body: { items: [line], couponId: 'x'.repeat(17_000) }, expected: 'payload_too_large' },
  { what: 'JSON nested 5,000 deep', body: `{"items":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, expected: 'invalid_request' },
]

describe('hostile requests get a 4xx with a code, as documented, and change nothing', () => {
  let shop: LiveShop
  let documented: readonly { readonly method: string; readonly path: RegExp; readonly statuses: readonly string[] }[]
  let stateBefore: string

  before(async () => {
    shop = await startLiveShop()
    const paths = (await shop.call('GET', '/docs/json')).body['paths'] as Record<string, Record<string, { responses: object }>>
    documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => {
        return { method: method.toUpperCase(), path: new RegExp(`^${path.replace(/\{\w+\}/, '[^/?]+')}(\\?|$)`), statuses: Object.keys(responses) }
      }),
    )
    stateBefore = await stateOfShop()
  })
  after(() => shop.stop())

  /** Everything that a request could have changed without right. */
  async function stateOfShop(): Promise<string> {
    const admin = { token: shop.adminToken }
    const answers = await Promise.all([
      shop.call('GET', '/admin/orders', admin),
      shop.call('GET', '/api/me', { token: shop.token }),
      shop.call('GET', '/api/products?limit=1000'),
      shop.call('GET', '/admin/dead-letters', admin),
    ])
    return answers.map(({ text }) => text).join('\n')
  }

  async function assertRefused({ what, method = 'POST', path = '/api/orders', options = {}, expected }: Case): Promise<void> {
    const { status, body, headers, text } = await shop.call(method, path, options)
    assert.deepEqual([status, body['code']], [outcomes[expected].status, expected], `${what}: ${status} ${text}`)
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/, what)
    const route = documented.find((each) => each.method === method && each.path.test(path))
    if (route === undefined) assert.equal(status, 404, what)
    else assert(route.statuses.includes(String(status)), `${what}: ${status} is not documented`)
  }

  test('bodies', async () => {
    for (const { what, body, expected } of bodies) await assertRefused({ what, options: { token: shop.token, body, headers: key }, expected })
  })

  test('headers', async () => {
    const body = { items: [line] }
    const { token } = shop
    const cases: Case[] = [
      { what: 'no key', options: { token, body }, expected: 'invalid_request' },
      { what: 'an empty key', options: { token, body, headers: { 'idempotency-key': '' } }, expected: 'invalid_request' },
      { what: 'a key that is too long', options: { token, body, headers: { 'idempotency-key': 'k'.repeat(201) } }, expected: 'invalid_request' },
      { what: 'a key that is not ASCII', options: { token, body, headers: { 'idempotency-key': 'clé' } }, expected: 'invalid_request' },
      {
        what: 'text instead of JSON',
        options: { token, body: '{"items":[]}', headers: { ...key, 'content-type': 'text/plain' } },
        expected: 'unsupported_media_type',
      },
      {
        what: 'a form',
        options: { token, body: 'items=1', headers: { ...key, 'content-type': 'application/x-www-form-urlencoded' } },
        expected: 'unsupported_media_type',
      },
    ]
    for (const refused of cases) await assertRefused(refused)
  })

  test('tokens', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const later = Math.floor(Date.now() / 1000) + 3_600
    const signed = (header: object, payload: object, secret: string) => {
      const text = `${encode(header)}.${encode(payload)}`
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
    }
    const [head = '', payload = '', signature = ''] = shop.token.split('.')
    const tokens = [
      '',
      'x',
      'a.b.c',
      `${head}.${payload}`,
      `${head}.${payload}.`,
      `${head}.${payload}.${signature}.extra`,
      `${head}.${encode({ sub: 'user-0002', exp: later })}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -2)}`,
      `${encode({ alg: 'none' })}.${encode({ sub: 'user-0001', exp: later })}.`,
      signed({ alg: 'HS256' }, { sub: 'user-0001', exp: later }, 'another secret'),
      signed({ alg: 'HS512' }, { sub: 'user-0001', exp: later }, 'another secret'),
      'x'.repeat(5_000),
    ]
    for (const token of tokens)
      await assertRefused({ what: `token ${token.slice(0, 40)}`, method: 'GET', path: '/api/me', options: { token }, expected: 'unauthenticated' })
    await assertRefused({
      what: 'basic',
      method: 'GET',
      path: '/api/me',
      options: { headers: { authorization: 'Basic dXNlcjpwYXNz' } },
      expected: 'unauthenticated',
    })
  })

  test('doors that are not yours', async () => {
    const { orderId } = (await shop.call('POST', '/api/orders', { token: await shop.tokenOf('user-0007'), body: { items: [line] }, headers: key })).body
    stateBefore = await stateOfShop()
    const options = { token: shop.token }
    const cases: Case[] = [
      { what: "another's order", method: 'GET', path: `/api/orders/${String(orderId)}`, options, expected: 'not_found' },
      {
        what: 'cancelling with conditions',
        path: `/api/orders/${String(orderId)}/cancel`,
        options: { ...options, body: { force: true } },
        expected: 'invalid_request',
      },
      { what: "cancelling another's order", path: `/api/orders/${String(orderId)}/cancel`, options, expected: 'not_found' },
      { what: 'an order that is none', method: 'GET', path: '/api/orders/ord_none', options, expected: 'not_found' },
      { what: 'the operators’ list', method: 'GET', path: '/admin/orders', options, expected: 'forbidden' },
      { what: 'the audit', method: 'GET', path: '/admin/audit', options, expected: 'forbidden' },
      { what: 'faults', method: 'PUT', path: '/admin/faults', options: { ...options, body: { confirmFails: 1 } }, expected: 'forbidden' },
      {
        what: 'an import',
        path: '/admin/users',
        options: { ...options, body: { items: [{ userId: 'user-0001', balanceFen: 1e9 }] } },
        expected: 'forbidden',
      },
      {
        what: 'an import without a token',
        path: '/admin/users',
        options: { body: { items: [{ userId: 'a', balanceFen: 1 }] } },
        expected: 'unauthenticated',
      },
    ]
    for (const refused of cases) await assertRefused(refused)
  })

  test("lists tell of nobody else's orders, page by page, in any state", async () => {
    const orderOf = new Map<string, string>()
    const tokenOf = new Map<string, string>()
    for (const userId of ['user-0008', 'user-0009']) {
      const token = await shop.tokenOf(userId)
      const { orderId } = (await shop.call('POST', '/api/orders', { token, body: { items: [line] }, headers: key })).body
      tokenOf.set(userId, token)
      orderOf.set(userId, String(orderId))
    }
    stateBefore = await stateOfShop()
    for (const [userId, token] of tokenOf) {
      for (const query of ['', '?limit=1', '?state=awaiting_payment', '?state=awaiting_payment&limit=1']) {
        const seen: string[] = []
        for (let cursor: string | undefined = ''; cursor !== undefined;) {
          const path: string = cursor === '' ? query : `${query === '' ? '?' : `${query}&`}cursor=${cursor}`
          const page = (await shop.call('GET', `/api/orders${path}`, { token })).body as { items: { orderId: string }[]; next?: string }
          seen.push(...page.items.map(({ orderId }) => orderId))
          cursor = page.next
        }
        assert.deepEqual(seen, [orderOf.get(userId)], `${userId} ${query}`)
      }
    }
  })

  test('paths, queries and imports', async () => {
    const options = { token: shop.token }
    const admin = (body: unknown): CallOptions => ({ token: shop.adminToken, body })
    const cases: Case[] = [
      { what: 'nowhere', method: 'GET', path: '/nowhere', expected: 'not_found' },
      { what: 'a wrong method', method: 'DELETE', path: '/api/orders', options, expected: 'not_found' },
      { what: 'NUL in a path', method: 'GET', path: '/api/orders/%00', options, expected: 'invalid_request' },
      { what: 'bad UTF-8 in a path', method: 'GET', path: '/api/orders/%ff', options, expected: 'invalid_request' },
      { what: 'a slash in an id', method: 'GET', path: '/api/orders/..%2f..%2fetc%2fpasswd', options, expected: 'invalid_request' },
      { what: 'an id that is too long', method: 'GET', path: `/api/orders/${'x'.repeat(150)}`, options, expected: 'invalid_request' },
      { what: 'limit 0', method: 'GET', path: '/api/products?limit=0', expected: 'invalid_request' },
      { what: 'limit 1001', method: 'GET', path: '/api/products?limit=1001', expected: 'invalid_request' },
      { what: 'limit twice', method: 'GET', path: '/api/products?limit=1&limit=2', expected: 'invalid_request' },
      { what: 'an unknown query', method: 'GET', path: '/api/products?offset=1', expected: 'invalid_request' },
      { what: 'a cursor that is none', method: 'GET', path: '/api/products?cursor=***', expected: 'invalid_request' },
      {
        what: 'a cursor of somebody else',
        method: 'GET',
        path: `/api/products?cursor=${Buffer.from('a\u0000b').toString('base64url')}`,
        expected: 'invalid_request',
      },
      { what: 'a state that is none', method: 'GET', path: '/api/orders?state=lost', options, expected: 'invalid_request' },
      { what: 'too many users', path: '/admin/users', options: admin({ items: manyItems }), expected: 'invalid_request' },
      { what: 'a negative balance', path: '/admin/users', options: admin({ items: [{ userId: 'a', balanceFen: -1 }] }), expected: 'invalid_request' },
      {
        what: 'a title with NUL',
        path: '/admin/products',
        options: admin({ items: [{ sku: 'a', title: 'a\u0000', priceFen: 1, stock: 1 }] }),
        expected: 'invalid_request',
      },
      {
        what: 'a price whose orders would not add up exactly',
        path: '/admin/products',
        options: admin({ items: [{ sku: 'a', title: 'a', priceFen: limits.priceFen + 1, stock: 1 }] }),
        expected: 'invalid_request',
      },
      {
        what: 'a coupon worth nothing',
        path: '/admin/coupons',
        options: admin({ items: [{ couponId: 'c', userId: 'a', discountFen: 0 }] }),
        expected: 'invalid_request',
      },
      {
        what: 'a time beyond all calendars',
        path: '/admin/coupons',
        options: admin({ items: [{ couponId: 'c', userId: 'a', discountFen: 1, expiresAt: 1e18 }] }),
        expected: 'invalid_request',
      },
      {
        what: 'an import of 2 MB',
        path: '/admin/users',
        options: admin({ items: [{ userId: 'x'.repeat(2_000_000), balanceFen: 1 }] }),
        expected: 'payload_too_large',
      },
      { what: 'a dead letter that is none', path: '/admin/dead-letters/none/replay', options: { token: shop.adminToken }, expected: 'not_found' },
      { what: 'faults beyond certainty', method: 'PUT', path: '/admin/faults', options: admin({ confirmFails: 1.5 }), expected: 'invalid_request' },
      { what: 'signing in as nobody', path: '/api/demo/sign-in', options: { body: {} }, expected: 'invalid_request' },
      { what: 'signing in as a strange name', path: '/api/demo/sign-in', options: { body: { userId: '../admin' } }, expected: 'invalid_request' },
    ]
    for (const refused of cases) await assertRefused(refused)
  })

  test('bytes that are no HTTP, or not what an order system speaks', async () => {
    const { hostname, port } = new URL(shop.url)
    const said = (bytes: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.end(bytes))
        let answer = ''
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
        socket.on('close', () => resolve(answer))
        socket.on('error', reject)
      })
    const order = JSON.stringify({ items: [line] })
    const twoKeys =
      `POST /api/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${shop.token}\r\nContent-Type: application/json\r\n` +
      `Idempotency-Key: one\r\nIdempotency-Key: other\r\nContent-Length: ${order.length}\r\n\r\n${order}`
    const cases = [
      { bytes: 'GET /healthz HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n', expected: /^HTTP\/1\.1 400 .*"code":"invalid_request".*Host/s },
      { bytes: 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', expected: /^HTTP\/1\.1 400 .*"code":"invalid_request".*Host/s },
      { bytes: 'GET /healthz HTTP/1.0\r\n\r\n', expected: /^HTTP\/1\.1 200 / },
      { bytes: 'POST /api/orders HTTP/1.1\r\nHost: localhost\r\nExpect: a miracle\r\n\r\n', expected: /^HTTP\/1\.1 400 .*"code":"invalid_request".*Expect/s },
      { bytes: 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', expected: /^HTTP\/1\.1 400 .*"code":"invalid_request".*no proxy/s },
      { bytes: twoKeys, expected: /^HTTP\/1\.1 400 .*"code":"invalid_request".*Idempotency-Key/s },
      { bytes: 'nonsense\r\n\r\n', expected: /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"invalid_request"/s },
      {
        bytes: 'POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        expected: /^HTTP\/1\.1 400 /,
      },
      { bytes: `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`, expected: /^HTTP\/1\.1 431 .*"code":"headers_too_large"/s },
    ]
    for (const { bytes, expected } of cases) assert.match(await said(bytes), expected)
  })

  test('and nothing has changed', async () => {
    assert.equal(await stateOfShop(), stateBefore)
    await shop.assertCleanAudit()
  })
})
