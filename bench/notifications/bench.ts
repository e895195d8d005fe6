import { startLoad, type Answer, type LoadResult } from '@suanpan/load'
import { collectGarbage } from '../client-garbage.ts'
import { inRounds, isAllPlaced, measure, median, mediansOf, remarksOn, sumsOf } from '../measure.ts'
import { startNotifyLimit, startShop, type Program } from '../programs.ts'
import { auditOnceSettled, auditText, prepareShop } from '../shop-setup.ts'
import { untilAllEffects, watchEffects, withinMs } from './effects.ts'
import { followLog } from './payment-log.ts'
import { openPayments } from './payments.ts'
import { notificationRequest, readPlatformKeys, type OpenPayment } from './platforms.ts'

export interface NotificationBenchOptions {
  readonly dataDir: string
  /** Notifications of each measurement. */
  readonly count: number
  readonly rounds: number
  readonly say: (line: string) => void
}

interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server a notification, all effects included. */
  readonly serverMicroseconds: number
}

const connections = 96

/** What the shop does behind all effects is done by then, and counts as its processor time. */
const settleMs = 3_000

/** At half of the peak, orders a second that are asked about themselves, for the time of all their effects. */
const sampledPerSecond = 100

/**
 * Notifications acknowledged a second, beside a bare server that only verifies and writes; the answer's time at half of
 * that rate, the time until all effects are seen, and the answer's time while orders are placed at full rate. Answers
 * whether the audit found the books right, and those orders were placed.
 */
export async function benchNotifications({ dataDir, count, rounds, say }: NotificationBenchOptions): Promise<boolean> {
  const program = await startShop({ DATA_DIR: dataDir, UNPAID_TIMEOUT_MS: '3600000' })
  const shop = await prepareShop(program)
  const limit = await startNotifyLimit(dataDir)
  const keys = readPlatformKeys(dataDir)
  const watched = { target: program, shop, log: await followLog(program, shop) }
  // Made right before they are paid: after 30 s the shop would ask the sandbox about each of them, beside what is measured.
  const make = (): Promise<OpenPayment[]> => openPayments(program, shop, count)

  async function send<Seen>(target: Program, some: readonly OpenPayment[], follow: Follow<Seen>, ratePerSecond?: number): Promise<Sent<Seen>> {
    // Signed before the clock runs: the platforms do that on machines of their own.
    const requests = some.map((payment) => notificationRequest(keys, payment, target))
    return sendAll({ target, payments: some, requests, ratePerSecond }, follow)
  }

  const sendBare = (some: readonly OpenPayment[]) => send(limit, some, async () => undefined)
  const sendUntilSeen = (some: readonly OpenPayment[], ratePerSecond?: number) =>
    send(program, some, async (sent) => untilAllEffects(watched, (await sent).keys()), ratePerSecond)

  const bare: Figures[] = []
  const ours: Figures[] = []
  const settledPerSecond: number[] = []
  const warmUp = await make()
  await sendBare(warmUp)
  await sendUntilSeen(warmUp)
  for (let round = 0; round < rounds; round++) {
    bare.push((await sendBare(warmUp)).figures)
    const { figures, answeredAt, seen: endedAt } = await sendUntilSeen(await make())
    ours.push(figures)
    settledPerSecond.push((count * 1_000) / (endedAt - Math.min(...answeredAt.values())))
  }
  const [peakOfBare, peak] = [medianOf(bare), medianOf(ours)]
  say(line('limit: bare server, verify and one durable row', peakOfBare))
  say(line('shop: notifications of Alipay and WeChat Pay', peak))
  say(`ratio: shop ÷ limit ${(peak.perSecond / peakOfBare.perSecond).toFixed(2)}; with all their effects ${median(settledPerSecond).toFixed(0)}/s`)

  const halfRate = peak.perSecond / 2
  const step = Math.max(1, Math.round(halfRate / sampledPerSecond))
  const halves = await inRounds(rounds, async () => {
    const payments = await make()
    const orderIds = payments.map(({ orderId }) => orderId)
    const sample = new Set(orderIds.filter((_, index) => index % step === 0))
    const follow = () => watchEffects(watched, orderIds, sample, (count * 1_000) / halfRate + withinMs)
    const { figures, answeredAt, seen } = await send(program, payments, follow, halfRate)
    return { figures, delays: [...seen].map(([orderId, at]) => Math.max(0, at - (answeredAt.get(orderId) ?? 0))) }
  })
  const delays = halves.flatMap((half) => half.delays).toSorted((one, other) => one - other)
  const percentile = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN
  say(line('shop: at half of that rate', medianOf(halves.map(({ figures }) => figures))))
  say(
    `shop: from answer to order paid, points granted, log written, as seen from outside: p50 ${percentile(0.5).toFixed(0)} ms, p99 ${percentile(0.99).toFixed(0)} ms (${delays.length} orders)`,
  )

  const besides = await inRounds(rounds, async () => {
    const payments = await make()
    const placing = measure({ program, shop, hotShare: 0, durationMs: (count * 4_000) / peak.perSecond })
    const [{ figures }, { otherwise }] = await Promise.all([sendUntilSeen(payments, peak.perSecond / 4), placing])
    return { figures, otherwise }
  })
  const otherwise = sumsOf(besides.map((beside) => beside.otherwise))
  say(line('shop: while orders are placed at full rate', medianOf(besides.map(({ figures }) => figures))) + remarksOn({ unsent: 0, otherwise }))
  const audit = await auditOnceSettled(program, shop)
  say(`audit, notifications: ${auditText(audit)}`)
  await Promise.all([limit.stop(), program.stop()])
  return audit.ok && isAllPlaced({ otherwise })
}

/** When each order's notification was acknowledged, as `performance.now()` has it. */
type AnsweredAt = ReadonlyMap<string, number>

/** Looks for effects, from before the first is sent. */
type Follow<Seen> = (sent: Promise<AnsweredAt>) => Promise<Seen>

interface Sent<Seen> {
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

async function sendAll<Seen>({ target, payments, requests, ratePerSecond }: Sending, follow: Follow<Seen>): Promise<Sent<Seen>> {
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

const medianOf = (rounds: readonly Figures[]): Figures => mediansOf(['perSecond', 'p50Ms', 'p99Ms', 'serverMicroseconds'], rounds)

function line(name: string, { perSecond, p50Ms, p99Ms, serverMicroseconds }: Figures): string {
  const figures = [`${perSecond.toFixed(0).padStart(7)}/s`, `p50 ${p50Ms.toFixed(1).padStart(6)} ms`, `p99 ${p99Ms.toFixed(1).padStart(6)} ms`]
  return `${name.padEnd(50)} ${figures.join('  ')}  cpu ${serverMicroseconds.toFixed(0).padStart(4)} µs server`
}
