import { measure } from '../measure.ts'
import { startNotifyLimit, startShop, type Program } from '../programs.ts'
import { auditOnceSettled, prepareShop } from '../shop-setup.ts'
import { untilAllEffects, watchEffects, withinMs } from './effects.ts'
import { followLog } from './payment-log.ts'
import { openPayments } from './payments.ts'
import { notificationRequest, readPlatformKeys, type OpenPayment } from './platforms.ts'
import { sendAll, type Follow, type Sent } from './sending.ts'

/** Orders a second that are asked about themselves, for the time of all their effects. */
const sampledPerSecond = 100

/** A shop and a bare server, warm, and the windows of so many notifications in which they are measured. */
export async function prepareWindows(dataDir: string, count: number) {
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

  const warmUp = await make()
  const sendBare = (ratePerSecond?: number) => send(limit, warmUp, async () => undefined, ratePerSecond)
  const sendUntilSeen = (some: readonly OpenPayment[], ratePerSecond?: number) =>
    send(program, some, async (sent) => untilAllEffects(watched, (await sent).keys()), ratePerSecond)

  async function asFastAsItGoes() {
    const { figures: bare } = await sendBare()
    const { figures: ours, answeredAt, seen: endedAt } = await sendUntilSeen(await make())
    return { bare, ours, settledPerSecond: (count * 1_000) / (endedAt - Math.min(...answeredAt.values())) }
  }

  async function answersAt(ratePerSecond: number) {
    return { bare: (await sendBare(ratePerSecond)).figures, ours: (await sendUntilSeen(await make(), ratePerSecond)).figures }
  }

  /** From each answer to all its effects, ms. In a window of its own: whoever looks all the time takes some of the processor time that answers wait for. */
  async function effectsAt(ratePerSecond: number): Promise<number[]> {
    const payments = await make()
    const orderIds = payments.map(({ orderId }) => orderId)
    const step = Math.max(1, Math.round(ratePerSecond / sampledPerSecond))
    const sample = new Set(orderIds.filter((_, index) => index % step === 0))
    const follow = () => watchEffects(watched, orderIds, sample, (count * 1_000) / ratePerSecond + withinMs)
    const { answeredAt, seen } = await send(program, payments, follow, ratePerSecond)
    return [...seen].map(([orderId, at]) => Math.max(0, at - (answeredAt.get(orderId) ?? 0)))
  }

  async function besideOrders(peakPerSecond: number) {
    const payments = await make()
    const placing = measure({ program, shop, hotShare: 0, durationMs: (count * 4_000) / peakPerSecond })
    const [{ figures }, { otherwise }] = await Promise.all([sendUntilSeen(payments, peakPerSecond / 4), placing])
    return { figures, otherwise }
  }

  await sendBare()
  await sendUntilSeen(warmUp)
  return {
    asFastAsItGoes,
    answersAt,
    effectsAt,
    besideOrders,
    audit: () => auditOnceSettled(program, shop),
    stop: () => Promise.all([limit.stop(), program.stop()]),
  }
}
