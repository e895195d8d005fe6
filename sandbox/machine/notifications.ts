import { judge, type DeliveryAnswer, type Verdict } from './acknowledgement.ts'
import type { Product } from './channel.ts'
import type { Fault, NotifyFault } from './faults.ts'
import { numbersOf, type Numbers } from './numbers.ts'
import type { Change, Decision, Platform } from './platform.ts'
import type { Notification, NotificationEvent, Refund, Trade } from './rows.ts'
import { retryDelaysMs } from './schedules.ts'
import { notifyFaultOf, used } from './striking.ts'

/** One sending of a notification. */
export interface Delivery {
  readonly notification: Notification
  /** Its own key, but for a duplicate that pretends to be another. */
  readonly notificationId: string
  readonly fault: NotifyFault
}

const alipayEvents: { readonly [Of in Product]: readonly NotificationEvent[] } = {
  page: ['paid', 'partly_refunded'],
  precreate: ['paid', 'partly_refunded'],
  wap: ['paid', 'partly_refunded', 'fully_refunded', 'closed'],
  app: ['paid', 'partly_refunded', 'fully_refunded', 'closed', 'finished'],
  native: [],
  jsapi: [],
  h5: [],
}

/**
 * What a platform notifies of. Alipay tells changes of a trade, which of them depends on the product: that a QR code's
 * trade was closed is never told. WeChat Pay tells of a payment, and of a refund to the address that the refund named.
 */
function isNotified(trade: Trade, event: NotificationEvent): boolean {
  return trade.channel === 'alipay' ? alipayEvents[trade.product].includes(event) : event === 'paid' || event === 'refund_settled'
}

/** The notification of what just happened, if the platform sends one. */
export function notify(numbers: Numbers, event: NotificationEvent, trade: Trade, refund: Refund | null, now: number): readonly Change[] {
  const url = event === 'refund_settled' ? (refund?.notifyUrl ?? '') : trade.terms.notifyUrl
  if (url === '' || !isNotified(trade, event)) return []
  const key = numbers.next('notification', trade.channel, now)
  const { channel } = trade
  return [
    {
      put: { kind: 'notification', key, channel, event, url, trade, refund, createdAt: now, state: 'waiting', nextTryAt: now, round: 0, held: null, tries: [] },
    },
  ]
}

/** How long a reordered notification is kept back where no other comes along. */
const reorderWithinMs = 60_000

/**
 * What has to be sent now, of so many notifications at most. What a fault drops or puts off is not among it; its row says
 * so. Those under way are named by the caller, who knows.
 */
export function takeDue(platform: Platform, underWay: ReadonlySet<string>, now: number, atMost = Infinity): Decision<readonly Delivery[]> {
  const numbers = numbersOf(platform)
  const deliveries: Delivery[] = []
  const changes: Change[] = []
  const counted = countedFaults(platform)
  let left = atMost
  for (const key of platform.openNotifications) {
    const notification = platform.notifications.get(key)
    if (notification === undefined || underWay.has(key) || notification.nextTryAt > now) continue
    if (left-- <= 0) break
    const fault = notification.held ?? counted.take(notification)
    const heldBackMs = notification.held === null ? postponementMs(fault) : undefined
    if (heldBackMs !== undefined) {
      changes.push({ put: { ...notification, nextTryAt: now + heldBackMs, held: fault } })
    } else if (fault.drop === true) {
      changes.push({ put: withTry(notification, { kind: 'failed', because: 'lost on the way, by a fault' }, fault, now) })
    } else {
      deliveries.push(...copiesOf(notification, fault, () => numbers.next('notification', notification.channel, now)))
    }
  }
  return { answer: deliveries, changes: [...changes, ...counted.changes(), ...numbers.change()] }
}

function copiesOf(notification: Notification, fault: NotifyFault, newId: () => string): Delivery[] {
  const original: Delivery = { notification, notificationId: notification.key, fault }
  const copies = Array.from({ length: fault.duplicate ?? 0 }, () => ({
    ...original,
    notificationId: fault.duplicateWithNewId === true ? newId() : notification.key,
  }))
  return [original, ...copies]
}

/** The faults that strike notifications, each as often as it may. */
function countedFaults(platform: Platform) {
  const left = new Map<string, Fault>()
  const taken: (readonly Change[])[] = []
  const exhausted = new Set<string>()
  return {
    take: ({ channel, trade }: Notification): NotifyFault => {
      const found = notifyFaultOf(platform, { channel, outTradeNo: trade.terms.outTradeNo }, exhausted)
      if (found === undefined) return {}
      const fault = left.get(found.key) ?? found
      const changes = used(fault)
      taken.push(changes)
      for (const change of changes) {
        if ('drop' in change) exhausted.add(fault.key)
        else if (change.put.kind === 'fault') left.set(fault.key, change.put)
      }
      return fault.notify ?? {}
    },
    changes: () => taken.flat(),
  }
}

function postponementMs({ delayMs, reorder }: NotifyFault): number | undefined {
  return reorder === true ? reorderWithinMs : delayMs
}

/** Keeps how the merchant answered, and decides whether and when it is told again. */
export function recordDelivery(platform: Platform, delivery: Delivery, answer: DeliveryAnswer, now: number): Decision<Verdict> {
  const verdict = judge(delivery.notification.channel, answer)
  const known = platform.notifications.get(delivery.notification.key)
  if (known === undefined) return { answer: verdict, changes: [] }
  return { answer: verdict, changes: [{ put: withTry(known, answer, delivery.fault, now) }, ...releaseReordered(platform, known, now)] }
}

function withTry(notification: Notification, answer: DeliveryAnswer, fault: NotifyFault, now: number): Notification {
  const { channel, state, nextTryAt, round } = notification
  const verdict = judge(channel, answer)
  const tried = { ...notification, tries: [...notification.tries, { at: now, fault, answer, verdict }], held: null }
  if (state === 'acknowledged' || verdict.acknowledged) return { ...tried, state: 'acknowledged' }
  // Copies that were sent at once are one round: the first of them that fails moves the schedule on.
  if (nextTryAt > now) return tried
  const delayMs = retryDelaysMs[channel][round]
  return delayMs === undefined ? { ...tried, state: 'given_up' } : { ...tried, nextTryAt: now + delayMs, round: round + 1 }
}

/** What was kept back for the sake of another order comes right behind this one. */
function releaseReordered(platform: Platform, sent: Notification, now: number): Change[] {
  return [...platform.openNotifications].flatMap((key) => {
    const waiting = platform.notifications.get(key)
    const isKeptBack = waiting !== undefined && key !== sent.key && waiting.channel === sent.channel && waiting.held?.reorder === true
    return isKeptBack && waiting.nextTryAt > now ? [{ put: { ...waiting, nextTryAt: now } }] : []
  })
}

/** Says it again at once, whatever the merchant answered before: as the button in a platform's console does. */
export function resend(platform: Platform, notificationId: string, now: number): Decision<'resent' | 'unknown'> {
  const notification = platform.notifications.get(notificationId)
  if (notification === undefined) return { answer: 'unknown', changes: [] }
  return { answer: 'resent', changes: [{ put: { ...notification, state: 'waiting', nextTryAt: now } }] }
}
