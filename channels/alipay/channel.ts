/**
 * Alipay, through its official SDK and the v2 protocol (`gateway.do`), the only one that has the pages to pay at.
 *
 * What the SDK leaves to its user: it verifies answers only when told to; it writes the time of the process's own time
 * zone unless given one; and whatever it throws may carry a whole answer. Every call here is verified, stamped in the
 * platform's time, and answers in the port's terms.
 */
import type { Clock } from '@suanpan/runtime/time'
import { AlipayRequestError, AlipaySdk } from 'alipay-sdk'
import { answerOf, mistakeIn, mistakeInRefund, mistakeInTrade, nameOf, ok, plainText, rejected, unknown } from '../answers.ts'
import { fieldsOf, fieldsOfJson, isFields, textOf, type Fields } from '../fields.ts'
import { beijingText } from '../platform-time.ts'
import { products, type Channel, type ChannelResult, type NewRefund, type NewTrade, type PayLink } from '../port.ts'
import { yuanOfFen } from '../yuan.ts'
import { fetchAlipayBill } from './bill.ts'
import type { AlipayConfiguration } from './configuration.ts'
import { refundIn, tradeIn } from './reports.ts'
import { sdkKeys } from './sdk-keys.ts'

export interface AlipayChannelOptions {
  readonly configuration: AlipayConfiguration
  readonly clock: Clock
}

/**
 * Codes of the gateway and of a business answer that say nothing about what was done: it does not know now, or does not know
 * us, as while keys are changed, or has been asked too often (40005).
 */
const undecided = new Set([
  '20000',
  '40005',
  '10003',
  'ACQ.SYSTEM_ERROR',
  'SYSTEM_ERROR',
  'aop.ACQ.SYSTEM_ERROR',
  'isp.unknow-error',
  'isv.invalid-signature',
  'isv.invalid-app-id',
  'isv.missing-signature-key',
  'isv.missing-signature-config',
  'isv.missing-app-cert-sn',
  'isv.invalid-app-cert-sn',
  'isv.missing-root-cert-sn',
  'isv.invalid-root-cert-sn',
])

/** Between two refunds of one trade, says the documentation of `alipay.trade.refund`; not what is answered to one too early. */
const refundPauseMs = 3_000

const tradeMissing = 'ACQ.TRADE_NOT_EXIST'

export function createAlipayChannel({ configuration, clock }: AlipayChannelOptions): Channel {
  const { appId, gateway, notifyUrl, timeoutMs } = configuration
  const sdk = new TellingSdk({ appId, gateway, timeout: timeoutMs, camelcase: false, ...sdkKeys(configuration) })

  /** A verified answer of the gateway. */
  function call(method: string, content: Fields, parameters: Fields = {}): Promise<ChannelResult<Fields>> {
    const request = { ...parameters, timestamp: beijingText(clock.now()), bizContent: content }
    return answerOf(clock, timeoutMs, async () => {
      try {
        return resultOf(await sdk.exec(method, request, { validateSign: true }))
      } catch (error) {
        return unknown(`the call failed: ${nameOf(error)}${unverifiedReason(method, error)}`)
      }
    })
  }

  /** Like `call`; an answer about another trade (a replayed one) is none. */
  async function callAbout(method: string, paymentId: string, content: Fields, parameters?: Fields): Promise<ChannelResult<Fields>> {
    const result = await call(method, { out_trade_no: paymentId, ...content }, parameters)
    return result.kind === 'ok' && textOf(result.value, 'out_trade_no') !== paymentId ? unknown('the answer is about another trade') : result
  }

  async function create(trade: NewTrade): Promise<ChannelResult<PayLink>> {
    const mistake = mistakeInTrade(trade, products.alipay)
    if (mistake !== undefined) return mistake
    const content = {
      out_trade_no: trade.paymentId,
      subject: plainText(trade.subject, 128),
      total_amount: yuanOfFen(trade.amountFen),
      time_expire: beijingText(trade.expiresAt),
    }
    if (trade.product === 'precreate') {
      const result = await callAbout('alipay.trade.precreate', trade.paymentId, content, { notifyUrl })
      if (result.kind !== 'ok') return result
      const codeUrl = textOf(result.value, 'qr_code')
      return codeUrl === '' ? unknown('the answer has no qr_code') : ok({ kind: 'code', codeUrl })
    }
    const [method, productCode] = trade.product === 'wap' ? ['alipay.trade.wap.pay', 'QUICK_WAP_WAY'] : ['alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY']
    // As a URL: the form that the SDK makes for POST escapes nothing but quotes.
    const bizContent = { ...content, product_code: productCode }
    return ok({ kind: 'redirect', payUrl: sdk.pageExecute(method, 'GET', { notifyUrl, timestamp: beijingText(clock.now()), bizContent }) })
  }

  async function refund(wanted: NewRefund): ReturnType<Channel['refund']> {
    const mistake = mistakeInRefund(wanted)
    if (mistake !== undefined) return mistake
    const content = { refund_amount: yuanOfFen(wanted.amountFen), out_request_no: wanted.refundId, refund_reason: plainText(wanted.reason, 128) }
    const result = await callAbout('alipay.trade.refund', wanted.paymentId, content)
    if (result.kind !== 'ok') return result
    // Code 10000 only says that the call worked. N: nothing moved by this one; perhaps by an earlier of the same number.
    return ok(textOf(result.value, 'fund_change') === 'Y' ? { state: 'done', amountFen: wanted.amountFen } : { state: 'processing' })
  }

  return {
    name: 'alipay',
    betweenRefundsMs: refundPauseMs + timeoutMs,
    create,
    query: async (paymentId) => {
      const result = mistakeIn([paymentId]) ?? (await callAbout('alipay.trade.query', paymentId, {}))
      if (result.kind === 'rejected' && result.code === tradeMissing) return ok({ state: 'not_found' })
      if (result.kind !== 'ok') return result
      const trade = tradeIn(result.value, clock.now())
      return trade === undefined ? unknown('the answer cannot be read') : ok(trade)
    },
    close: async (paymentId) => {
      const result = mistakeIn([paymentId]) ?? (await callAbout('alipay.trade.close', paymentId, {}))
      if (result.kind === 'rejected' && result.code === tradeMissing) return ok({ state: 'not_found' })
      return result.kind === 'ok' ? ok({ state: 'closed' }) : result
    },
    refund,
    queryRefund: async (paymentId, refundId) => {
      const result =
        mistakeIn([paymentId, refundId]) ?? (await call('alipay.trade.fastpay.refund.query', { out_trade_no: paymentId, out_request_no: refundId }))
      if (result.kind === 'rejected' && result.code === tradeMissing) return ok({ state: 'not_found' })
      if (result.kind !== 'ok') return result
      const report = refundIn(result.value, paymentId, refundId)
      return report === undefined ? unknown('the answer cannot be read') : ok(report)
    },
    fetchBill: (date) => fetchAlipayBill({ date, call, gateway, clock, timeoutMs }),
  }
}

/** Where an answer has no signature, the SDK throws an error without the answer. */
class TellingSdk extends AlipaySdk {
  override checkResponseSign(responseDataRaw: string, responseKey: string, serverSign: unknown, traceId: string): void {
    if (typeof serverSign !== 'string') throw new AlipayRequestError('the answer is not signed', { traceId, responseDataRaw })
    super.checkResponseSign(responseDataRaw, responseKey, serverSign, traceId)
  }
}

/**
 * The gateway does not sign what it answers to a caller that it does not know, as where the app id is wrong. Nothing follows
 * from such an answer, but its reason is what an operator needs to read.
 */
function unverifiedReason(method: string, error: unknown): string {
  const raw = error instanceof AlipayRequestError ? error.responseDataRaw : undefined
  const answer = fieldsOfJson(typeof raw === 'string' ? raw : '') ?? {}
  const [reason = ''] = [`${method.replaceAll('.', '_')}_response`, 'error_response'].map((name) => textOf(fieldsOf(answer, name), 'sub_code')).filter(Boolean)
  return /^[A-Za-z._-]{1,64}$/.test(reason) ? `; it said, unverified, ${reason}` : ''
}

function resultOf(reply: unknown): ChannelResult<Fields> {
  if (!isFields(reply)) return unknown('the answer cannot be read')
  const code = textOf(reply, 'code')
  if (code === '10000') return ok(reply)
  const subCode = textOf(reply, 'sub_code') || code
  if (code === '' || undecided.has(code) || undecided.has(subCode)) return unknown(`the platform answered ${subCode || 'without a code'}`)
  return rejected(subCode, textOf(reply, 'msg'))
}
