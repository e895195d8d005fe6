import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AlipayContext } from '../../alipay/context.ts'
import { alipayNotification } from '../../alipay/notification.ts'
import { readParameters, signedParameters } from '../../alipay/parameters.ts'
import { errorResponse, signedResponse } from '../../alipay/responses.ts'
import { refusedFor } from '../../alipay/refusals.ts'
import { queriedTrade } from '../../alipay/wording.ts'
import type { HttpAnswer, SandboxContext } from '../../context.ts'
import { createDownloads } from '../../downloads.ts'
import { alipaySerial, makeCertificate } from '../../keys/certificate.ts'
import { readKeys, type KeyFile } from '../../keys/keys.ts'
import type { Ledger } from '../../ledger.ts'
import { takeDue, type Channel, type NotifyFault, type Trade } from '../../machine/index.ts'
import { platformAt, startAt } from '../../machine/testing.ts'
import type { WechatContext } from '../../wechat/context.ts'
import { createIdentity } from '../../wechat/identity.ts'
import { wechatNotification } from '../../wechat/notification.ts'
import { signedAnswer } from '../../wechat/responses.ts'

/** Keys for nothing but these vectors. */
export const goldenKeys = JSON.parse(readFileSync(new URL('../keys.json', import.meta.url), 'utf8')) as KeyFile

/** The same numbers every time. */
function fixedRandom(): () => number {
  let state = 20_261_126
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function contexts() {
  const made = platformAt()
  const clock = manualClock(startAt)
  const ledger: Ledger = { platform: made.platform, now: clock.now, run: async (decide) => made.run(decide), onChange: () => {}, close: async () => {} }
  const keys = readKeys(goldenKeys)
  const shared: SandboxContext = { ledger, keys, clock, random: fixedRandom(), log: silentLog, baseUrl: () => 'http://127.0.0.1:3001' }
  const alipay: AlipayContext = { ...shared, bills: createDownloads(shared, 0), signer: { key: keys.alipay.platformKey, foreignKey: keys.foreignKey } }
  const wechat: WechatContext = { ...shared, bills: createDownloads(shared, 0), identity: createIdentity(keys, ledger) }
  return { ...made, alipay, wechat }
}

const subject = { subject: '龙井茶 "明前" 250g', attach: 'a=1%26', amountFen: 1_230, appId: 'app-1', outTradeNo: 'golden_1' }

/** What is posted for everything that is due. */
function notifications(channel: Channel, happened: (made: ReturnType<typeof contexts>) => Trade, fault: NotifyFault = {}): object[] {
  const made = contexts()
  happened(made)
  return made
    .run((platform, now) => takeDue(platform, new Set(), now))
    .map((delivery) => {
      const sent = { ...delivery, fault }
      return channel === 'alipay' ? alipayNotification(made.alipay, sent) : wechatNotification(made.wechat, sent)
    })
}

const readable = ({ status, headers, body }: HttpAnswer) => ({ status, headers, body: typeof body === 'string' ? body : body.toString('base64') })

function alipayResponses(): object {
  const { alipay, paid } = contexts()
  const queried = { kind: 'ok', fields: queriedTrade(paid('alipay', 'page', subject)) } as const
  const options = { method: 'alipay.trade.query', charset: 'utf-8', certificateMode: false, fault: undefined }
  return {
    query: readable(signedResponse(alipay, queried, options)),
    queryWithCertificate: readable(signedResponse(alipay, queried, { ...options, certificateMode: true })),
    queryInGbk: readable(signedResponse(alipay, queried, { ...options, charset: 'gbk' })),
    notFound: readable(signedResponse(alipay, refusedFor('ACQ.TRADE_NOT_EXIST'), options)),
    unknownSender: readable(errorResponse({ kind: 'refused', code: '40002', subCode: 'isv.invalid-app-id', subMessage: '无效的AppID参数' }, 'utf-8')),
  }
}

function wechatResponses(): object {
  const { wechat } = contexts()
  const named = (serial: string) => wechat.identity.named(serial) ?? wechat.identity.next()
  const { platformSerial, publicKeyId } = goldenKeys.wechat
  return {
    okByPublicKey: readable(signedAnswer(wechat, named(publicKeyId), { kind: 'ok', body: { code_url: 'weixin://wxpay/bizpayurl?pr=golden' } }, {})),
    okByCertificate: readable(signedAnswer(wechat, named(platformSerial), { kind: 'ok', body: { trade_state_desc: '支付成功' } }, {})),
    done: readable(signedAnswer(wechat, named(publicKeyId), { kind: 'done' }, {})),
    stale: readable(signedAnswer(wechat, named(publicKeyId), { kind: 'done' }, { signature: 'stale' })),
    probe: readable(signedAnswer(wechat, named(publicKeyId), { kind: 'done' }, { signature: 'probe' })),
    otherKey: readable(signedAnswer(wechat, named(publicKeyId), { kind: 'done' }, { signature: 'other-key' })),
  }
}

function certificates(): object {
  const root = { C: 'CN', O: 'Golden', OU: 'Authority', CN: 'Golden Root' }
  const key = createPrivateKey(goldenKeys.foreignKey)
  const certificate = makeCertificate({
    subject: { C: 'CN', O: '算盘', OU: 'Sandbox', CN: 'Golden' },
    publicKey: createPublicKey(goldenKeys.alipay.appKey),
    serial: '5F0123456789ABCDEF0123456789ABCDEF012345',
    notBefore: startAt,
    notAfter: startAt + 86_400_000,
    issuer: root,
    issuerKey: key,
    isAuthority: false,
  })
  return { certificate, alipaySerial: alipaySerial(root, '5F0123456789ABCDEF0123456789ABCDEF012345') }
}

/** Everything that is signed or encrypted, from fixed keys, times and chance. */
export function vectors(): Record<string, unknown> {
  const refundAddress = { notifyUrl: 'http://127.0.0.1:1/refund' }
  return {
    alipayRequest: readParameters('sign_type=RSA2&charset=gbk&b=%BF%E7+%2B&empty=&sign=not+covered', Buffer.from('a=%7B%22x%22%3A%22%25%22%7D&c=1%262'))
      .signedContent()
      .toString('hex'),
    alipayParameters: signedParameters({ b: '1 & 2', a: '茶', empty: '' }, contexts().alipay.signer),
    alipayResponses: alipayResponses(),
    alipayPaid: notifications('alipay', ({ paid }) => paid('alipay', 'page', subject)),
    alipayPartlyRefunded: notifications('alipay', ({ paid, refund }) => {
      const trade = paid('alipay', 'wap', subject)
      refund(trade, 'refund_1', 230)
      return trade
    }),
    wechatResponses: wechatResponses(),
    wechatPaid: notifications('wechat', ({ paid }) => paid('wechat', 'native', subject)),
    wechatPaidWithoutAssociatedData: notifications('wechat', ({ paid }) => paid('wechat', 'native', subject), { emptyAssociatedData: true }),
    wechatPaidTampered: notifications('wechat', ({ paid }) => paid('wechat', 'native', subject), { tamperedCiphertext: true }),
    wechatRefunded: notifications('wechat', ({ paid, refund, passTime }) => {
      const trade = paid('wechat', 'native', { ...subject, notifyUrl: '' })
      refund(trade, 'refund_1', 230, refundAddress)
      passTime(1_000)
      return trade
    }),
    certificates: certificates(),
  }
}
