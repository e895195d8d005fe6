import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startLiveShop, type Answer, type LiveShop } from './testing/live-shop.ts'

const body = { items: [{ sku: 'tea-longjing-250g', quantity: 1 }], useBalanceFen: 'max' }

describe('more work than can be done', () => {
  let shop: LiveShop
  before(async () => {
    shop = await startLiveShop({ QUEUE_LIMIT: '5', QUEUE_RATE_PER_SECOND: '2', RESPOND_WITHIN_MS: '50' })
  })
  after(() => shop.stop())

  const place = (key: string, headers: Record<string, string> = {}): Promise<Answer> =>
    shop.call('POST', '/api/orders', { token: shop.token, body, headers: { 'idempotency-key': key, ...headers } })

  test('a queue past its bound refuses early, begins nothing, and takes the same key later', async () => {
    const answers: Answer[] = []
    for (let index = 0; index < 12; index++) {
      answers.push(await place(`queued-${index}`, { prefer: 'respond-async' }))
      // The bound is looked up at most every 50 ms.
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    const refused = answers.filter(({ status }) => status === 503)
    assert(refused.length > 0 && answers.every(({ status }) => status === 202 || status === 503), answers.map(({ status }) => status).join(' '))
    for (const { headers, body: problem } of refused) assert.deepEqual([headers.get('retry-after'), problem['code']], ['1', 'overloaded'])
    const { items } = (await shop.call('GET', '/api/orders?limit=1000', { token: shop.token })).body as { items: unknown[] }
    assert.equal(items.length, answers.length - refused.length)
    const giveUpAt = Date.now() + 10_000
    const key = `queued-${answers.findIndex(({ status }) => status === 503)}`
    while ((await place(key, { prefer: 'respond-async' })).status !== 202) {
      assert(Date.now() < giveUpAt, 'the queue did not get shorter')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })

  test('a synchronous order that takes too long is promised, decided later, and replayed as promised', async () => {
    const admin = { token: shop.adminToken }
    await shop.call('PUT', '/admin/faults', { ...admin, body: { replyLost: 1 } })
    const slow = await place('slow')
    assert.deepEqual([slow.status, slow.body['state']], [202, 'pending'], slow.text)
    const location = slow.headers.get('location') ?? ''
    const giveUpAt = Date.now() + 5_000
    for (;;) {
      const { body: order } = await shop.call('GET', location, { token: shop.token })
      if (order['state'] === 'cancelled') {
        assert.equal(order['cancelReason'], 'timed_out')
        break
      }
      assert(Date.now() < giveUpAt, `the order stays ${String(order['state'])}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await shop.call('PUT', '/admin/faults', { ...admin, body: {} })
    const replayed = await place('slow')
    assert.deepEqual([replayed.status, replayed.text, replayed.headers.get('idempotency-replayed')], [202, slow.text, 'true'])
  })

  test('in the end the books balance', () => shop.assertCleanAudit())
})
