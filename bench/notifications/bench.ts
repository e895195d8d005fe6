import { startLoad, type Answer, type LoadResult } from '@suanpan/cli/load'
import { collectGarbage } from '../client-garbage.ts'
import { inRounds, measure, median, mediansOf } from '../measure.ts'
import { startNotifyLimit, startShop, type Program } from '../programs.ts'
import { auditShop, prepareShop, type PreparedShop } from '../shop-setup.ts'
import { effectsOf, openPayments } from './payments.ts'
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

/** Effects of the last notifications are there by then. */
const settleMs = 3_000

/**
 * Notifications acknowledged a second, beside a bare server that only verifies and writes; the answer's time at half of
 * that rate, the time until all effects are there, and the answer's time while orders are placed at full rate. Answers
 * whether the audit found the books right.
 */
export async function benchNotifications({ dataDir, count, rounds, say }: NotificationBenchOptions): Promise<boolean> {
  const program = await startShop({ DATA_DIR: dataDir, UNPAID_TIMEOUT_MS: '3600000' })
  const shop = await prepareShop(program)
  const limit = await startNotifyLimit(dataDir)
  const keys = readPlatformKeys(dataDir)
  // Made right before they are paid: after 30 s the shop would ask the sandbox about each of them, beside what is measured.
  const make = (): Promise<OpenPayment[]> => openPayments(program, shop, count)

  async function send(target: Program, some: readonly OpenPayment[], ratePerSecond?: number): Promise<Sent> {
    // Signed before the clock runs: the platforms do that on machines of their own.
    const requests = some.map((payment) => notificationRequest(keys, payment, target))
    return sendAll(target, some, requests, ratePerSecond)
  }

  const bare: Figures[] = []
  const ours: Figures[] = []
  const settledPerSecond: number[] = []
  const warmUp = await make()
  await send(limit, warmUp)
  await send(program, warmUp)
  for (let round = 0; round < rounds; round++) {
    bare.push((await send(limit, warmUp)).figures)
    const { figures, answeredAt } = await send(program, await make())
    ours.push(figures)
    const { endedAt } = await effectsOf(program, shop, answeredAt)
    settledPerSecond.push((count * 1_000) / (endedAt - Math.min(...answeredAt.values())))
  }
  const [peakOfBare, peak] = [medianOf(bare), medianOf(ours)]
  say(line('limit: bare server, verify and one durable row', peakOfBare))
  say(line('shop: notifications of Alipay and WeChat Pay', peak))
  say(`ratio: shop ÷ limit ${(peak.perSecond / peakOfBare.perSecond).toFixed(2)}; with all their effects ${median(settledPerSecond).toFixed(0)}/s`)

  const halves = await inRounds(rounds, async () => {
    const { figures, answeredAt } = await send(program, await make(), peak.perSecond / 2)
    return { figures, effects: await effectsOf(program, shop, answeredAt) }
  })
  const delays = halves.flatMap(({ effects }) => effects.delays).toSorted((one, other) => one - other)
  const percentile = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN
  say(line('shop: at half of that rate', medianOf(halves.map(({ figures }) => figures))))
  say(
    `shop: from answer to order paid, points granted, log written: p50 ${percentile(0.5).toFixed(0)} ms, p99 ${percentile(0.99).toFixed(0)} ms (${delays.length} orders)`,
  )

  const besides = await inRounds(rounds, async () => {
    const payments = await make()
    const [{ figures }] = await Promise.all([send(program, payments, peak.perSecond / 4), placeBeside(program, shop, (count * 4000) / peak.perSecond)])
    return figures
  })
  say(line('shop: while orders are placed at full rate', medianOf(besides)))
  const audit = await auditShop(program, shop)
  say(
    `audit, notifications: ${audit.ok ? 'clean' : 'VIOLATED'}, ${audit.examined} rows examined${audit.violations.map((violation) => `\n  ${violation}`).join('')}`,
  )
  await Promise.all([limit.stop(), program.stop()])
  return audit.ok
}

interface Sent {
  readonly figures: Figures
  /** When each order's notification was acknowledged, epoch ms. */
  readonly answeredAt: ReadonlyMap<string, number>
}

async function sendAll(target: Program, payments: readonly OpenPayment[], requests: readonly string[], ratePerSecond: number | undefined): Promise<Sent> {
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
      if (answer.status === 200 || answer.status === 204) answeredAt.set(payments[index]?.orderId ?? '', Date.now())
      else refused.push(`${answer.status} ${answer.body.toString()}`)
    },
  }
  const result = await startLoad(ratePerSecond === undefined ? plan : { ...plan, ratePerSecond }).finished
  if (refused.length > 0 || result.errors > 0)
    throw new Error(`${refused.length} of ${requests.length} notifications were refused, ${result.errors} failed: ${refused[0] ?? ''}`)
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  return { figures: figuresOf(result, target.cpuMs() - before), answeredAt }
}

function figuresOf({ served, servedPerSecond, latency }: LoadResult, serverMs: number): Figures {
  return { perSecond: servedPerSecond, p50Ms: latency.percentileMs(0.5), p99Ms: latency.percentileMs(0.99), serverMicroseconds: (serverMs * 1000) / served }
}

const medianOf = (rounds: readonly Figures[]): Figures => mediansOf(['perSecond', 'p50Ms', 'p99Ms', 'serverMicroseconds'], rounds)

async function placeBeside(program: Program, shop: PreparedShop, durationMs: number): Promise<void> {
  await measure({ program, shop, hotShare: 0, durationMs })
}

function line(name: string, { perSecond, p50Ms, p99Ms, serverMicroseconds }: Figures): string {
  const figures = [`${perSecond.toFixed(0).padStart(7)}/s`, `p50 ${p50Ms.toFixed(1).padStart(6)} ms`, `p99 ${p99Ms.toFixed(1).padStart(6)} ms`]
  return `${name.padEnd(50)} ${figures.join('  ')}  cpu ${serverMicroseconds.toFixed(0).padStart(4)} µs server`
}
