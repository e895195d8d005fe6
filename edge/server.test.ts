import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CancelOutcome } from '@suanpan/contracts/order'
import { decodeCursor, nextOf } from './cursors.ts'
import { Problem } from './problems.ts'
import { adminBearer, bearer, edgeBefore, someOrder } from './testing/edge.ts'
import { talk } from './testing/talk.ts'

describe('cancelling', () => {
  const cases: readonly { outcome: CancelOutcome; withOrder: boolean; status: number; code: string | undefined }[] = [
    { outcome: CancelOutcome.CANCELLED, withOrder: true, status: 200, code: undefined },
    { outcome: CancelOutcome.NOT_FOUND, withOrder: false, status: 404, code: 'not_found' },
    { outcome: CancelOutcome.NOT_CANCELLABLE, withOrder: true, status: 409, code: 'not_cancellable' },
    { outcome: CancelOutcome.UNAVAILABLE, withOrder: true, status: 503, code: 'unavailable' },
    { outcome: CancelOutcome.UNSPECIFIED, withOrder: false, status: 503, code: 'unavailable' },
  ]
  for (const { outcome, withOrder, status, code } of cases) {
    test(`${outcome} is ${status}`, async () => {
      const edge = await edgeBefore({ cancelOrder: async () => ({ outcome, order: withOrder ? someOrder : undefined }) })
      const { statusCode, body } = await edge.inject({ method: 'POST', url: '/api/orders/ord_1/cancel', headers: bearer('user-1') })
      assert.deepEqual([statusCode, (JSON.parse(body) as { code?: string }).code], [status, code])
    })
  }
})

test('a bug inside says nothing of itself, and that repeating is safe', async () => {
  const broken = { ...someOrder, state: 'no such state' as typeof someOrder.state }
  const edge = await edgeBefore({ place: async () => ({ answers: [] }), getOrder: async () => ({ order: broken, events: [] }) })
  const headers = { ...bearer('user-1'), 'idempotency-key': 'key' }
  const { statusCode, body } = await edge.inject({ method: 'POST', url: '/api/orders', headers, payload: { items: [{ sku: 'tea', quantity: 1 }] } })
  assert.deepEqual([statusCode, (JSON.parse(body) as { code: string }).code], [500, 'internal_error'])
  assert(!body.includes('answered nothing'))
})

test('services that are away: the process is alive, not ready, and measures itself', async () => {
  const edge = await edgeBefore({})
  const statuses = await Promise.all(['/healthz', '/readyz', '/metrics'].map(async (url) => (await edge.inject({ url })).statusCode))
  assert.deepEqual(statuses, [200, 503, 200])
})

test('however many ask for an audit at once, one runs at a time, and those who wait share the next', async () => {
  let [runs, underWay, mostUnderWay] = [0, 0, 0]
  const edge = await edgeBefore({
    listFacts: async () => {
      runs++
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      await new Promise((resolve) => setTimeout(resolve, 20))
      underWay--
      return { facts: [] }
    },
  })
  await Promise.all(Array.from({ length: 5 }, () => edge.inject({ url: '/admin/audit', headers: adminBearer() })))
  assert.deepEqual([mostUnderWay, runs], [1, 2])
})

test('a server that closes serves what is under way and what has half come, and ends the connections', async () => {
  const held = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const edge = await edgeBefore({
    getOrder: async () => {
      asked.resolve()
      await held.promise
      return { order: someOrder, events: [] }
    },
  })
  const { port } = new URL(await edge.listen({ port: 0, host: '127.0.0.1' }))
  const request = `GET /api/orders/ord_1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${bearer('user-1').authorization}\r\n\r\n`
  const [underWay, half] = [talk(Number(port)), talk(Number(port))]
  half.socket.write(request.slice(0, 30))
  underWay.socket.write(request)
  await asked.promise
  const closed = edge.close()
  while (edge.server.listening) await new Promise((resolve) => setImmediate(resolve))
  half.socket.write(request.slice(30))
  held.resolve()
  const answers = await Promise.all([underWay.said, half.said])
  await closed
  for (const answer of answers)
    assert.deepEqual(
      [...answer.matchAll(/^HTTP.*|^connection.*/gim)]
        .map(String)
        .map((line) => line.toLowerCase())
        .toSorted(),
      ['connection: close', 'http/1.1 200 ok'],
    )
})

test('signing in is limited, and says when to come again', async () => {
  const edge = await edgeBefore({})
  const signIn = () => edge.inject({ method: 'POST', url: '/api/demo/sign-in', payload: { userId: 'user-1' } })
  for (let request = 0; request < 6_000; request++) await signIn()
  const { statusCode, headers, body } = await signIn()
  assert.deepEqual([statusCode, (JSON.parse(body) as { code: string }).code], [429, 'rate_limited'])
  assert(Number(headers['retry-after']) > 1, String(headers['retry-after']))
})

describe('cursors', () => {
  test('come back as they went out', () => {
    for (const key of ['ord_01ABC', 'group~message', 'a']) assert.equal(decodeCursor(nextOf(key).next), key)
  })

  const foreign = ['', 'YQ==', 'YR', 'AA', Buffer.from('a b').toString('base64url'), Buffer.from('x'.repeat(151)).toString('base64url')]
  for (const cursor of foreign) {
    test(`"${cursor.slice(0, 20)}" is refused`, () => {
      assert.throws(
        () => decodeCursor(cursor),
        (error) => error instanceof Problem && error.code === 'invalid_request',
      )
    })
  }
})
