import { OrderPaid } from '@suanpan/contracts/order'
import { openRocketMq } from '@suanpan/rocketmq'
import type { Servers } from '@suanpan/rocketmq/servers'

export interface HalfCommit {
  readonly perSecond: number
  readonly failed: number
}

/** As many as the broker was measured with when this design was made. */
const inFlight = 8
const topic = 'bench_order_paid'
const warmUpMs = 1_500

/**
 * What a shop would get from the broker that has nothing else to do and sends each order by itself: half message, commit,
 * the next. Nobody listens, and there is no database.
 */
export async function measureHalfCommit(servers: Servers, durationMs: number): Promise<HalfCommit> {
  await servers.create([{ name: topic, type: 'TRANSACTION' }], [])
  const rocketmq = openRocketMq({ endpoint: servers.endpoint })
  try {
    rocketmq.checkTransactions(topic, async () => 'commit')
    await sendFor(warmUpMs)
    return await sendFor(durationMs)
  } finally {
    await rocketmq.close()
  }

  async function sendFor(forMs: number): Promise<HalfCommit> {
    const beganAt = performance.now()
    let settled = 0
    let failed = 0
    const lane = async (): Promise<void> => {
      while (performance.now() - beganAt < forMs) {
        try {
          const half = await rocketmq.sendHalf(topic, message(settled))
          await half.commit()
          settled++
        } catch {
          failed++
        }
      }
    }
    await Promise.all(Array.from({ length: inFlight }, lane))
    return { perSecond: (settled * 1000) / (performance.now() - beganAt), failed }
  }
}

/** What the shop tells of a paid order. */
function message(index: number): Uint8Array {
  return OrderPaid.encode({ orderId: `ord_bench_${index}`, userId: `bench-user-${index % 1_000}`, paidFen: 2_000, paymentId: '' }).finish()
}
