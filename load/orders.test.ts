import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOrderRequests, type OrderMix } from './orders.ts'

const target = { host: '127.0.0.1', port: 3000 }
const skus = Array.from({ length: 10 }, (_, index) => `sku-${index}`)
const mix: OrderMix = {
  target,
  tokens: ['a', 'b'],
  skus,
  linesPerOrder: 2,
  hotShare: 0,
  asyncShare: 0,
  keyPrefix: 'run1',
  random: Math.random,
}

interface Sent {
  readonly headers: ReadonlyMap<string, string>
  readonly body: { items: { sku: string; quantity: number }[]; useBalanceFen: string }
}

function read(request: string): Sent {
  const [head = '', body = ''] = request.split('\r\n\r\n')
  const [line, ...fields] = head.split('\r\n')
  assert.equal(line, 'POST /api/orders HTTP/1.1')
  const headers = new Map(fields.map((field): [string, string] => [field.split(': ')[0] ?? '', field.split(': ')[1] ?? '']))
  assert.equal(headers.get('Content-Length'), String(Buffer.byteLength(body)))
  return { headers, body: JSON.parse(body) as Sent['body'] }
}

const sample = (changes: Partial<OrderMix>, count = 500): Sent[] => {
  const { requestOf } = createOrderRequests({ ...mix, ...changes })
  return Array.from({ length: count }, (_, index) => read(requestOf(index)))
}

test('an address of IPv6 has its brackets in the Host that is asked for', () => {
  assert.equal(sample({ target: { host: '::1', port: 3000 } }, 1)[0]?.headers.get('Host'), '[::1]:3000')
  assert.equal(sample({}, 1)[0]?.headers.get('Host'), '127.0.0.1:3000')
})

test('customers take turns, and every order has its own idempotency key', () => {
  const headers = sample({}, 4).map((sent) => sent.headers)
  assert.deepEqual(
    headers.map((fields) => fields.get('Authorization')),
    ['Bearer a', 'Bearer b', 'Bearer a', 'Bearer b'],
  )
  assert.deepEqual(
    headers.map((fields) => fields.get('Idempotency-Key')),
    ['run1-0', 'run1-1', 'run1-2', 'run1-3'],
  )
})

for (const linesPerOrder of [1, 2, 3, 10]) {
  test(`${linesPerOrder} lines of an order are of different SKUs, and all SKUs have their turn`, () => {
    const orders = sample({ linesPerOrder }).map(({ body }) => body.items.map(({ sku }) => sku))
    for (const order of orders) assert.equal(new Set(order).size, linesPerOrder)
    assert.equal(new Set(orders.flat()).size, skus.length)
  })
}

test('the hot share begins with the hot SKU', () => {
  assert.ok(sample({ hotShare: 1 }).every(({ body }) => body.items[0]?.sku === 'sku-0'))
  const hot = sample({ hotShare: 0.5 }).filter(({ body }) => body.items[0]?.sku === 'sku-0').length
  assert.ok(hot > 200 && hot < 350, `${hot} of 500`)
})

test('the asynchronous share asks for it', () => {
  const asking = (sent: Sent[]) => sent.filter(({ headers }) => headers.get('Prefer') === 'respond-async').length
  assert.deepEqual([asking(sample({ asyncShare: 0 })), asking(sample({ asyncShare: 1 }))], [0, 500])
})

test('more lines than SKUs are refused', () => assert.throws(() => createOrderRequests({ ...mix, linesPerOrder: 11 }), RangeError))
