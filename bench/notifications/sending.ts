import { startLoad, type Answer, type LoadResult } from '@suanpan/load'
import { collectGarbage } from '../client-garbage.ts'
import type { Program } from '../programs.ts'
import type { OpenPayment } from './platforms.ts'

export interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server a notification, all effects included. */
  readonly serverMicroseconds: number
}

const connections = 96

/** What the shop does behind all effects is done by then, and counts as its processor time. */
const settleMs = 3_000

/** When each order's notification was acknowledged, as `performance.now()` has it. */
type AnsweredAt = ReadonlyMap<string, number>

/** Looks for effects, from before the first is sent. */
export type Follow<Seen> = (sent: Promise<AnsweredAt>) => Promise<Seen>

export interface Sent<Seen> {
  readonly figures: Figures
  readonly answeredAt: AnsweredAt
  readonly seen: Seen
}

interface Sending {
  readonly target: Program
  readonly payments: readonly OpenPayment[]
  readonly requests: readonly string[]
  readonly ratePerSecond: number | undefined
}

/** Sends all of them, as fast as it goes or at a rate; throws where one is refused. */
export async function sendAll<Seen>({ target, payments, requests, ratePerSecond }: Sending, follow: Follow<Seen>): Promise<Sent<Seen>> {
  const answeredAt = new Map<string, number>()
  const refused: string[] = []
  collectGarbage()
  const before = target.cpuMs()
  const plan = {
    target,
    connections,
    requestCount: requests.length,
    requestOf: (index: number) => requests[index] ?? '',
    onAnswer: (index: number, answer: Answer) => {
      if (answer.kind !== 'response') return
      if (answer.status === 200 || answer.status === 204) answeredAt.set(payments[index]?.orderId ?? '', performance.now())
      else refused.push(`${answer.status} ${answer.body.toString()}`)
    },
  }
  const loading = startLoad(ratePerSecond === undefined ? plan : { ...plan, ratePerSecond }).finished.then((result) => {
    if (refused.length === 0 && result.errors === 0) return result
    throw new Error(`${refused.length} of ${requests.length} notifications were refused, ${result.errors} failed: ${refused[0] ?? ''}`)
  })
  const [result, seen] = await Promise.all([loading, follow(loading.then(() => answeredAt))])
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  return { figures: figuresOf(result, target.cpuMs() - before), answeredAt, seen }
}

function figuresOf({ served, servedPerSecond, latency }: LoadResult, serverMs: number): Figures {
  return { perSecond: servedPerSecond, p50Ms: latency.percentileMs(0.5), p99Ms: latency.percentileMs(0.99), serverMicroseconds: (serverMs * 1000) / served }
}
