import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Target } from '@suanpan/load'
import { withFakeShop, type FakeAnswer } from '../testing.ts'
import { untilAllEffects, watchEffects, type Watched } from './effects.ts'
import { followLog } from './payment-log.ts'

/** When effects can be seen, ms after the start: of all orders in the log, of their points, and all messages handled. */
interface Lateness {
  readonly loggedMs?: number
  readonly pointsMs?: number
  readonly handledMs?: number
}

const orderIds = ['ord_1', 'ord_2', 'ord_3']
/** In the log before anybody looks. */
const earlier = { topic: 'order.paid', orderId: 'ord_0' }

function withShop<Result>({ loggedMs = 0, pointsMs = 0, handledMs = 0 }: Lateness, use: (watched: Watched) => Promise<Result>): Promise<Result> {
  let began = Infinity
  const isAfter = (ms: number) => performance.now() >= began + ms
  const logOf = () => [
    earlier,
    ...(isAfter(loggedMs)
      ? orderIds.flatMap((orderId) => [
          { topic: 'payment.paid', orderId },
          { topic: 'order.paid', orderId },
        ])
      : []),
  ]

  function answer({ pathname, searchParams }: URL): FakeAnswer {
    if (pathname === '/metrics')
      return { body: `suanpan_bus_backlog{group="log.order"} 0\nsuanpan_bus_backlog{group="points.grant"} ${isAfter(handledMs) ? 0 : 2}\n` }
    if (pathname.endsWith('/timeline')) return { body: { order: { state: 'paid' }, entries: isAfter(pointsMs) ? [{ at: 1, source: 'points' }] : [] } }
    const after = Number(Buffer.from(searchParams.get('cursor') ?? '', 'base64url').toString())
    const entries = logOf().map((entry, index) => ({ ...entry, sequence: index + 1, at: 1 }))
    return { body: { items: entries.slice(after, after + Number(searchParams.get('limit'))) } }
  }

  return withFakeShop(answer, async (target: Target) => {
    const log = await followLog(target, { adminToken: '' })
    began = performance.now()
    return use({ target, shop: { adminToken: '' }, log })
  })
}

const cases: readonly { readonly what: string; readonly late: Lateness }[] = [
  { what: 'a log that is written late is late, whatever times its entries bear', late: { loggedMs: 150 } },
  { what: 'points that come after the log are waited for', late: { pointsMs: 150, handledMs: 150 } },
]

for (const { what, late } of cases) {
  test(`${what}: orders looked at`, async () => {
    const { delays } = await withShop(late, async (watched) => {
      const began = performance.now()
      const seen = await watchEffects(watched, orderIds, new Set(['ord_1', 'ord_3']), 5_000)
      return { delays: [...seen].map(([orderId, at]) => [orderId, at - began] as const) }
    })
    assert.deepEqual(
      delays.map(([orderId]) => orderId),
      ['ord_1', 'ord_3'],
    )
    assert.ok(
      delays.every(([, ms]) => ms >= 149),
      JSON.stringify(delays),
    )
  })

  test(`${what}: the end of all`, async () => {
    const { tookMs } = await withShop(late, async (watched) => {
      const began = performance.now()
      return { tookMs: (await untilAllEffects(watched, orderIds)) - began }
    })
    assert.ok(tookMs >= 149, `${tookMs}`)
  })
}

test('an order that the log never has is complained about', async () => {
  const watching = withShop({}, async (watched) => ({ seen: await watchEffects(watched, [...orderIds, 'ord_4'], new Set(), 100) }))
  await assert.rejects(watching, /1 orders are not in the payment log/)
})
