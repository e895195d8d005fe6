import { Type, type Static } from 'typebox'
import { close, findTrade, makeOffer, tradeKey, type ApiFault, type Product, type Terms } from '../machine/index.ts'
import { isNotifyUrl, notifyUrlRule } from '../web-urls.ts'
import type { WechatContext } from './context.ts'
import { refuse, type WechatAnswer, type WechatRefusal } from './responses.ts'
import { transaction } from './wording.ts'

export type WechatProduct = Extract<Product, 'native' | 'jsapi' | 'h5' | 'app'>

export const orderSchema = Type.Object({
  appid: Type.String(),
  mchid: Type.String(),
  description: Type.String({ minLength: 1, maxLength: 127 }),
  out_trade_no: Type.String({ pattern: '^[0-9A-Za-z_\\-|*]{6,32}$' }),
  time_expire: Type.Optional(Type.String()),
  attach: Type.Optional(Type.String({ maxLength: 128 })),
  notify_url: Type.String({ minLength: 1, maxLength: 255 }),
  amount: Type.Object({ total: Type.Integer({ minimum: 1, maximum: 10_000_000_000 }), currency: Type.Optional(Type.Literal('CNY')) }),
  payer: Type.Optional(Type.Object({ openid: Type.String({ minLength: 1, maxLength: 128 }) })),
  scene_info: Type.Optional(Type.Object({ payer_client_ip: Type.String({ minLength: 1, maxLength: 45 }) })),
})
export type OrderContent = Static<typeof orderSchema>

const invalid = (field: string, issue: string) => refuse('PARAM_ERROR', `参数错误：${issue}`, { field, location: 'body', issue })

/** `POST /v3/pay/transactions/{product}` */
export async function placeOrder(context: WechatContext, product: WechatProduct, content: OrderContent): Promise<WechatAnswer> {
  const terms = termsOf(context, product, content)
  if ('kind' in terms) return terms
  const made = await context.ledger.run((platform, now) => makeOffer(platform, { channel: 'wechat', product, terms }, now))
  switch (made.outcome) {
    case 'offered':
      return { kind: 'ok', body: handedOut(product, made.offer.key, context.baseUrl()) }
    case 'already_paid':
    case 'already_closed':
    case 'other_terms':
      return refuse('OUT_TRADE_NO_USED', '商户订单号重复')
  }
}

function handedOut(product: WechatProduct, token: string, baseUrl: string): object {
  switch (product) {
    case 'native':
      return { code_url: `weixin://wxpay/bizpayurl?pr=${token}` }
    case 'h5':
      return { h5_url: `${baseUrl}/wechat/h5/${token}` }
    case 'jsapi':
    case 'app':
      return { prepay_id: `wx${token}` }
  }
}

/** At least so far ahead must a named end be. */
const minimumLifeMs = 60_000

function termsOf({ keys, ledger, clock }: WechatContext, product: WechatProduct, content: OrderContent): Terms | WechatRefusal {
  const { appId, mchid } = keys.file.wechat
  if (content.mchid !== mchid) return refuse('NO_AUTH', '商户号与签名的商户不一致')
  if (content.appid !== appId) return refuse('PARAM_ERROR', 'appid与mchid不匹配', { field: 'appid', location: 'body', issue: 'APPID_MCHID_NOT_MATCH' })
  if (!isNotifyUrl(content.notify_url)) return invalid('notify_url', notifyUrlRule)
  if (product === 'jsapi' && content.payer === undefined) return invalid('payer.openid', 'missing')
  if (product === 'h5' && content.scene_info === undefined) return invalid('scene_info.payer_client_ip', 'missing')
  const realNow = clock.now()
  const end = content.time_expire === undefined ? 0 : readRfc3339(content.time_expire)
  if (end === undefined || (end > 0 && end < realNow + minimumLifeMs)) return invalid('time_expire', 'not a time at least one minute ahead')
  return {
    appId,
    outTradeNo: content.out_trade_no,
    amountFen: content.amount.total,
    subject: content.description,
    notifyUrl: content.notify_url,
    returnUrl: '',
    attach: content.attach ?? '',
    // The merchant names it by the machine's clock; it is taken over to the platforms'.
    expiresAt: end === 0 ? 0 : end + ledger.now() - realNow,
    expiryText: content.time_expire ?? '',
    expiresAfterMs: 0,
    buyerId: content.payer?.openid ?? '',
    ...(content.scene_info === undefined ? {} : { scene: JSON.stringify(content.scene_info) }),
  }
}

function readRfc3339(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/** `GET /v3/pay/transactions/id/{transaction_id}` and `…/out-trade-no/{out_trade_no}` */
export function queryOrder(
  { ledger, keys }: WechatContext,
  number: { readonly outTradeNo?: string; readonly tradeNo?: string },
  { tradeState }: ApiFault,
): WechatAnswer {
  const trade = findTrade(ledger.platform, 'wechat', number)
  // An unpaid order has no transaction id yet.
  if (trade === undefined || (number.tradeNo !== undefined && trade.paidAt === 0)) return refuse('ORDER_NOT_EXIST', '订单不存在')
  return { kind: 'ok', body: { ...transaction(trade, keys.file.wechat.mchid), ...(tradeState === undefined ? {} : { trade_state: tradeState }) } }
}

/** `POST …/out-trade-no/{out_trade_no}/close`: closing what is closed, or never was, is no error. */
export async function closeOrder({ ledger }: WechatContext, outTradeNo: string): Promise<WechatAnswer> {
  const closed = await ledger.run((platform, now) => close(platform, tradeKey('wechat', outTradeNo), now))
  return closed.outcome === 'already_paid' ? refuse('ORDERPAID', '该订单已支付') : { kind: 'done' }
}
