import assert from 'node:assert/strict'
import type { Channel, ChannelResult, NewTrade, NotificationReader, ParsedNotification, PayLink, Product } from '../port.ts'
import type { notifiedShop, SandboxPlatform } from './sandbox-platform.ts'
import type { Received } from './scripted-server.ts'
import { newTrade } from './trades.ts'

/** An adapter under test, with the platform behind it and the shop that the platform notifies. */
export interface Subject {
  readonly name: string
  readonly channel: Channel
  /** The same, but it waits less than a second for an answer. */
  readonly impatient: Channel
  readonly reader: NotificationReader
  readonly products: readonly [Product, ...Product[]]
  readonly platform: SandboxPlatform
  readonly shop: Awaited<ReturnType<typeof notifiedShop>>
  /** The platform opens a trade when the buyer does, not before. */
  readonly opensLate: boolean
  /** WeChat Pay's public key, beside its certificate: as while switching. */
  readonly holdsPublicKey: boolean
  /** Refunds are accepted first, and carried out a little later. */
  readonly refundsLater: boolean
}

export function valueOf<Value>(result: ChannelResult<Value>): Value {
  if (result.kind !== 'ok') assert.fail(JSON.stringify(result))
  return result.value
}

let trades = 0

/** A trade with a number of its own, for a quarter of an hour. */
export async function offered(
  { channel, shop, products: [first] }: Subject,
  change: Partial<NewTrade> = {},
): Promise<{ readonly paymentId: string; readonly link: PayLink }> {
  trades += 1
  shop.forget()
  const paymentId = `pay_${channel.name}_${String(trades).padStart(6, '0')}`
  const expiresAt = Date.now() + 15 * 60_000
  return { paymentId, link: valueOf(await channel.create({ ...newTrade, product: first, expiresAt, ...change, paymentId })) }
}

/** A trade that is paid, and what was told of it. */
export async function paidTrade(subject: Subject) {
  const { paymentId, link } = await offered(subject)
  assert.equal(await subject.platform.pay(link), 'paid')
  const [received] = await subject.shop.told()
  assert.ok(received)
  return { paymentId, received }
}

export function parsed({ reader }: Subject, { body, headers }: Received, now = Date.now()): ParsedNotification {
  return reader.parse(Buffer.from(body), headers, now)
}

export function verified(subject: Subject, received: Received | undefined) {
  assert.ok(received)
  const result = parsed(subject, received)
  if (result.kind === 'refused') assert.fail(JSON.stringify(result))
  return result.notification
}
