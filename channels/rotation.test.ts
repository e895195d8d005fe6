import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSandboxCredentials } from '@suanpan/channels/configuration'
import { createWechatChannel } from '@suanpan/channels/wechat'
import { createWechatNotificationReader } from '@suanpan/channels/wechat/notification'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { notifiedShop, sandboxPlatform } from './testing/sandbox-platform.ts'
import { offered, paidTrade, parsed, type Subject } from './testing/subject.ts'

const platform = await sandboxPlatform()
await platform.signWithPublicKey(0)
const shop = await notifiedShop()
const clock = systemClock()

/** A shop in platform-certificate mode that was started now: with the certificates that there are. */
function startedNow(): Subject {
  const settings = { publicUrl: shop.publicUrl, timeoutMs: 10_000, certificates: true, now: clock.now() }
  const { wechat: configuration } = readSandboxCredentials(join(platform.folder, 'credentials.json'), settings)
  const channel = createWechatChannel({ configuration, clock, random: systemRandom })
  const reader = createWechatNotificationReader(configuration)
  const kind = { opensLate: false, holdsPublicKey: false, refundsLater: true } as const
  return { name: 'wechat', channel, impatient: channel, reader, products: ['native'], platform, shop, ...kind }
}

test('from one platform certificate to the next: who holds both notices nothing, and who holds the old one learns by asking', async () => {
  const before = startedNow()
  const { paymentId, received: old } = await paidTrade(before)
  await platform.rotateCertificate()

  // Answers come in the name that is asked for, the old one still; notifications come in the new one.
  const { link } = await offered(before)
  assert.equal(await platform.pay(link), 'paid')
  const [told] = await shop.told()
  assert.ok(told)
  const refused = parsed(before, told)
  assert.equal(refused.kind === 'refused' ? refused.because : refused.kind, 'unknown_key')
  assert.equal((await before.channel.query(paymentId)).kind, 'ok')

  const both = startedNow()
  for (const received of [old, told]) assert.equal(parsed(both, received).kind, 'verified')
  assert.notEqual(old.headers['wechatpay-serial'], told.headers['wechatpay-serial'])
  assert.equal((await both.channel.query(paymentId)).kind, 'ok')

  // Two are held at a time: the first is gone now, and nothing is concluded from an answer in a name that is not known.
  await platform.rotateCertificate()
  assert.equal((await before.channel.query(paymentId)).kind, 'unknown')
  assert.equal((await both.channel.query(paymentId)).kind, 'ok')
})
