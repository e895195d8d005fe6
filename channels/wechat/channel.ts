/**
 * WeChat Pay API v3, over `wechatpay-axios-plugin`: it signs requests, and verifies the answers that say yes. Answers that
 * say no it leaves alone; they are verified here.
 */
import { createPrivateKey, sign } from 'node:crypto'
import type { Clock, Random } from '@suanpan/runtime/time'
import { mistakeIn, mistakeInRefund, mistakeInTrade, ok, plainText, rejected, unknown, type NoValue } from '../answers.ts'
import { maxBillBytes } from '../bills/download.ts'
import { fenOf, fieldsOf, textOf } from '../fields.ts'
import { beijingRfc3339 } from '../platform-time.ts'
import { products, type Channel, type ChannelResult, type NewRefund, type NewTrade, type PayLink } from '../port.ts'
import { fetchWechatBill } from './bill.ts'
import type { WechatConfiguration } from './configuration.ts'
import { refundOf, tradeOf } from './reports.ts'
import { createWechatTransport, type Answer } from './transport.ts'

export interface WechatChannelOptions {
  readonly configuration: WechatConfiguration
  readonly clock: Clock
  readonly random: Random
}

/** Between two refunds of one order, says the documentation of `refund/domestic/refunds`; earlier ones are answered `FREQUENCY_LIMITED`. */
const refundPauseMs = 60_000

export function createWechatChannel({ configuration, clock, random }: WechatChannelOptions): Channel {
  const { mchid, appid, notifyUrl, baseUrl, timeoutMs } = configuration
  const transport = createWechatTransport({ configuration, clock })
  const bridge = bridgeSigner(configuration, clock, random)

  async function create(trade: NewTrade): Promise<ChannelResult<PayLink>> {
    const mistake = mistakeInTrade(trade, products.wechat)
    if (mistake !== undefined) return mistake
    const answer = await transport.post(`v3/pay/transactions/${trade.product}`, {
      appid,
      mchid,
      description: plainText(trade.subject, 42),
      out_trade_no: trade.paymentId,
      time_expire: beijingRfc3339(trade.expiresAt),
      notify_url: notifyUrl,
      amount: { total: trade.amountFen, currency: 'CNY' },
      ...(trade.product === 'jsapi' ? { payer: { openid: trade.openId } } : {}),
      ...(trade.product === 'h5' ? { scene_info: { payer_client_ip: trade.clientIp, h5_info: { type: 'Wap' } } } : {}),
    })
    if (answer.kind !== 'ok') return noValue(answer)
    const [codeUrl, payUrl, prepayId] = ['code_url', 'h5_url', 'prepay_id'].map((name) => textOf(answer.value, name))
    if (codeUrl) return ok({ kind: 'code', codeUrl })
    if (payUrl) return ok({ kind: 'redirect', payUrl })
    return prepayId ? ok({ kind: 'bridge', parameters: bridge(prepayId) }) : unknown('the answer has nothing to pay with')
  }

  async function query(paymentId: string): ReturnType<Channel['query']> {
    const answer = mistakeIn([paymentId]) ?? (await transport.get(`v3/pay/transactions/out-trade-no/${paymentId}`, { mchid }))
    if (answer.kind === 'missing') return ok({ state: 'not_found' })
    if (answer.kind !== 'ok') return noValue(answer)
    if (textOf(answer.value, 'out_trade_no') !== paymentId || textOf(answer.value, 'mchid') !== mchid) return unknown('the answer is about another trade')
    const trade = tradeOf(answer.value)
    return trade === undefined ? unknown('the answer cannot be read') : ok(trade)
  }

  async function close(paymentId: string): ReturnType<Channel['close']> {
    const answer = mistakeIn([paymentId]) ?? (await transport.post(`v3/pay/transactions/out-trade-no/${paymentId}/close`, { mchid }))
    if (answer.kind === 'missing') return ok({ state: 'not_found' })
    if (answer.kind === 'ok' || (answer.kind === 'rejected' && /^ORDER_?CLOSED$/.test(answer.code))) return ok({ state: 'closed' })
    return noValue(answer)
  }

  async function refund(wanted: NewRefund): ReturnType<Channel['refund']> {
    const mistake = mistakeInRefund(wanted)
    if (mistake !== undefined) return mistake
    const answer = await transport.post('v3/refund/domestic/refunds', {
      out_trade_no: wanted.paymentId,
      out_refund_no: wanted.refundId,
      reason: plainText(wanted.reason, 26),
      notify_url: notifyUrl,
      amount: { refund: wanted.amountFen, total: wanted.totalFen, currency: 'CNY' },
    })
    return refundReport(answer, wanted.paymentId, wanted.refundId)
  }

  async function queryRefund(paymentId: string, refundId: string): ReturnType<Channel['queryRefund']> {
    const answer = mistakeIn([paymentId, refundId]) ?? (await transport.get(`v3/refund/domestic/refunds/${refundId}`, {}))
    if (answer.kind === 'missing') return ok({ state: answer.isSigned ? 'not_found' : 'perhaps_not_found' })
    return refundReport(answer, paymentId, refundId)
  }

  return {
    name: 'wechat',
    betweenRefundsMs: refundPauseMs + timeoutMs,
    create,
    query,
    close,
    refund,
    queryRefund,
    fetchBill: (date) =>
      fetchWechatBill({
        date,
        baseUrl,
        maxBytes: maxBillBytes,
        ask: async (parameters) => {
          const answer = await transport.get('v3/bill/tradebill', parameters)
          return answer.kind === 'ok' ? answer : noValue(answer)
        },
        fetchFile: transport.getFile,
      }),
  }
}

/** `missing` where nothing can be missing is just a no: believed if it is signed. */
function noValue(answer: Exclude<Answer, { readonly kind: 'ok' }>): NoValue {
  if (answer.kind !== 'missing') return answer
  return answer.isSigned ? rejected(answer.code, answer.detail) : unknown(`status 404 ${answer.code}: unsigned`)
}

function refundReport(answer: Answer, paymentId: string, refundId: string): Awaited<ReturnType<Channel['refund']>> {
  if (answer.kind !== 'ok') return noValue(answer)
  if (textOf(answer.value, 'out_refund_no') !== refundId || textOf(answer.value, 'out_trade_no') !== paymentId)
    return unknown('the answer is about another refund')
  const report = refundOf(textOf(answer.value, 'status'), fenOf(fieldsOf(answer.value, 'amount'), 'refund'))
  return report === undefined ? unknown('the answer cannot be read') : ok(report)
}

/** What a page inside WeChat needs to ask for the payment: signed by us, as the platform checks that it came from us. */
function bridgeSigner({ appid, privateKey }: WechatConfiguration, clock: Clock, random: Random) {
  const key = createPrivateKey(privateKey)
  return (prepayId: string): Readonly<Record<string, string>> => {
    const timeStamp = String(Math.floor(clock.now() / 1000))
    const nonceStr = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
    const prepay = `prepay_id=${prepayId}`
    const paySign = sign('sha256', Buffer.from(`${appid}\n${timeStamp}\n${nonceStr}\n${prepay}\n`), key).toString('base64')
    return { appId: appid, timeStamp, nonceStr, package: prepay, signType: 'RSA', paySign }
  }
}
