import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import {
  close,
  findTrade,
  makeOffer,
  refund,
  refundKey,
  refundPauseMs,
  scan,
  withdraw,
  type Operation,
  type Product,
  type Terms,
  type Trade,
} from '../machine/index.ts'
import { fenOfYuan } from '../money.ts'
import { isNotifyUrl, isWebUrl, notifyUrlRule } from '../web-urls.ts'
import { billDownload } from './bills.ts'
import type { AlipayContext } from './context.ts'
import { expiryOf } from './expiry.ts'
import { invalidParameter, refusedFor, type Refusal } from './refusals.ts'
import { missingTrade, queriedRefund, queriedTrade, refundedTrade } from './wording.ts'

/** What comes with a call beside its content. */
export interface MethodCall {
  readonly context: AlipayContext
  readonly appId: string
  readonly notifyUrl: string
  readonly returnUrl: string
  /** So long after it was asked for a refund is not known yet, where a fault wants that. */
  readonly queryLagMs?: number | undefined
}

export type MethodAnswer = { readonly kind: 'ok'; readonly fields: Record<string, unknown> } | Refusal

export interface Method {
  readonly operation: Operation
  run(content: unknown, call: MethodCall): Promise<MethodAnswer>
}

const outTradeNo = Type.String({ pattern: '^[0-9A-Za-z_]{1,64}$' })
const amount = Type.Union([Type.String(), Type.Number()])
const offerSchema = Type.Object({
  out_trade_no: outTradeNo,
  total_amount: amount,
  subject: Type.String({ minLength: 1, maxLength: 256 }),
  body: Type.Optional(Type.String({ maxLength: 128 })),
  product_code: Type.Optional(Type.String()),
  timeout_express: Type.Optional(Type.String()),
  time_expire: Type.Optional(Type.String()),
  passback_params: Type.Optional(Type.String({ maxLength: 512 })),
})
const tradeSchema = Type.Object({ out_trade_no: Type.Optional(Type.String()), trade_no: Type.Optional(Type.String()) })
type TradeContent = Static<typeof tradeSchema>

function define<Schema extends TSchema>(
  operation: Operation,
  schema: Schema,
  run: (content: Static<Schema>, call: MethodCall) => Promise<MethodAnswer>,
): Method {
  return {
    operation,
    run: async (content, call) => {
      if (Value.Check(schema, content)) return run(content, call)
      const [first] = Value.Errors(schema, content)
      return invalidParameter(`${first?.instancePath.slice(1) ?? ''} ${first?.message ?? ''}`)
    },
  }
}

/** The order number that a call is about, as far as one can tell. */
export function outTradeNoIn({ ledger }: AlipayContext, content: unknown): string {
  const { out_trade_no: ours, trade_no: theirs } = content as { readonly out_trade_no?: unknown; readonly trade_no?: unknown }
  const trade = typeof theirs === 'string' ? findTrade(ledger.platform, 'alipay', { tradeNo: theirs }) : undefined
  return trade?.terms.outTradeNo ?? (typeof ours === 'string' ? ours : '')
}

const ok = (fields: Record<string, unknown>): MethodAnswer => ({ kind: 'ok', fields })

function named(call: MethodCall, content: TradeContent): Trade | undefined {
  const tradeNo = content.trade_no === '' ? undefined : content.trade_no
  return findTrade(call.context.ledger.platform, 'alipay', { outTradeNo: content.out_trade_no, tradeNo })
}

/** The terms of an offer, or what is wrong with them. */
function termsOf(content: Static<typeof offerSchema>, { context, appId, notifyUrl, returnUrl }: MethodCall): Terms | Refusal {
  const amountFen = fenOfYuan(String(content.total_amount))
  if (amountFen === undefined || amountFen === 0 || amountFen > 10_000_000_000) return invalidParameter('total_amount')
  if (/[/=&]/.test(content.subject)) return invalidParameter('subject must not contain "/", "=" or "&"')
  if (notifyUrl !== '' && !isNotifyUrl(notifyUrl)) return invalidParameter(`${notifyUrlRule}, not ${notifyUrl.slice(0, 100)}`)
  if (returnUrl !== '' && !isWebUrl(returnUrl)) return invalidParameter('return_url')
  const now = context.ledger.now()
  const expiry = expiryOf(content, { virtualNow: now, realNow: context.clock.now() })
  if (expiry === undefined) return invalidParameter('time_expire or timeout_express')
  const { out_trade_no, subject, passback_params: attach = '' } = content
  return { appId, outTradeNo: out_trade_no, amountFen, subject, notifyUrl, returnUrl, attach, buyerId: '', ...expiry }
}

/** Makes the offer; the answer bears its token. */
function offering(product: Product, answer: (token: string, terms: Terms, call: MethodCall) => Promise<MethodAnswer>): Method {
  return define('create', offerSchema, async (content, call) => {
    const terms = termsOf(content, call)
    if ('kind' in terms) return terms
    const made = await call.context.ledger.run((platform, now) => makeOffer(platform, { channel: 'alipay', product, terms }, now))
    switch (made.outcome) {
      case 'offered':
        return answer(made.offer.key, terms, call)
      case 'already_paid':
        return refusedFor('ACQ.TRADE_HAS_SUCCESS')
      case 'already_closed':
        return refusedFor('ACQ.TRADE_HAS_CLOSE')
      case 'other_terms':
        return refusedFor('ACQ.CONTEXT_INCONSISTENT')
    }
  })
}

/** Page, wap and app pay: the buyer is there already, so the trade begins. The answer is where the cashier is. */
function opening(product: Product): Method {
  return offering(product, async (token, _, { context }) => {
    const opened = await context.ledger.run((platform, now) => scan(platform, token, now))
    return opened.outcome === 'opened' ? ok({ cashier: `/alipay/cashier/${token}` }) : refusedFor('ACQ.TRADE_STATUS_ERROR')
  })
}

const precreate = offering('precreate', async (token, { outTradeNo: out_trade_no }, { context }) =>
  ok({ out_trade_no, qr_code: `${context.baseUrl()}/alipay/qr/${token}` }),
)

const query = define('query', tradeSchema, async (content, call) => {
  const trade = named(call, content)
  return trade === undefined ? { ...refusedFor('ACQ.TRADE_NOT_EXIST'), fields: missingTrade(content.out_trade_no ?? '') } : ok(queriedTrade(trade))
})

async function closeTrade(trade: Trade, { context }: MethodCall): Promise<MethodAnswer> {
  const closed = await context.ledger.run((platform, now) => close(platform, trade.key, now))
  if (closed.outcome === 'unknown_trade') return refusedFor('ACQ.TRADE_NOT_EXIST')
  return closed.outcome === 'closed' ? ok({ trade_no: trade.tradeNo, out_trade_no: trade.terms.outTradeNo }) : refusedFor('ACQ.TRADE_STATUS_ERROR')
}

const closing = define('close', tradeSchema, async (content, call) => {
  const trade = named(call, content)
  return trade === undefined ? refusedFor('ACQ.TRADE_NOT_EXIST') : closeTrade(trade, call)
})

interface RefundContent {
  readonly outRequestNo: string
  readonly amountFen: number
  readonly reason: string
}

async function refundTrade(trade: Trade, { outRequestNo, amountFen, reason }: RefundContent, { context }: MethodCall): Promise<MethodAnswer> {
  const request = { key: trade.key, outRefundNo: outRequestNo, amountFen, reason, notifyUrl: '', ending: 'success', pauseMs: refundPauseMs.alipay } as const
  const answer = await context.ledger.run((platform, now) => refund(platform, request, now))
  switch (answer.outcome) {
    case 'accepted':
    case 'repeated':
      return ok(refundedTrade(answer.trade, answer.refund, answer.outcome === 'accepted'))
    case 'other_terms':
      return refusedFor('ACQ.DISCORDANT_REPEAT_REQUEST')
    case 'unknown_trade':
      return refusedFor('ACQ.TRADE_NOT_EXIST')
    case 'not_paid':
      return refusedFor('ACQ.TRADE_STATUS_ERROR')
    case 'finished':
      return refusedFor('ACQ.TRADE_HAS_FINISHED')
    case 'exceeds':
    case 'too_many':
      return refusedFor('ACQ.REFUND_AMT_NOT_EQUAL_TOTAL')
    case 'too_early':
      return refusedFor('ACQ.TRADE_NOT_ALLOW_REFUND')
  }
}

const refundSchema = Type.Object({
  out_trade_no: Type.Optional(Type.String()),
  trade_no: Type.Optional(Type.String()),
  refund_amount: amount,
  refund_reason: Type.Optional(Type.String({ maxLength: 256 })),
  out_request_no: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z_-]{1,64}$' })),
})

const refunding = define('refund', refundSchema, async (content, call) => {
  const trade = named(call, content)
  if (trade === undefined) return refusedFor('ACQ.TRADE_NOT_EXIST')
  const amountFen = fenOfYuan(String(content.refund_amount))
  if (amountFen === undefined || amountFen === 0) return invalidParameter('refund_amount')
  const { out_request_no: outRequestNo = trade.terms.outTradeNo, refund_reason: reason = '' } = content
  if (content.out_request_no === undefined && amountFen < trade.terms.amountFen) return invalidParameter('out_request_no: a partial refund needs it')
  return refundTrade(trade, { outRequestNo, amountFen, reason }, call)
})

const refundQuerySchema = Type.Object({
  out_trade_no: Type.Optional(Type.String()),
  trade_no: Type.Optional(Type.String()),
  out_request_no: Type.String({ minLength: 1 }),
})

const queryingRefund = define('queryRefund', refundQuerySchema, async (content, call) => {
  const trade = named(call, content)
  if (trade === undefined) return refusedFor('ACQ.TRADE_NOT_EXIST')
  const { ledger } = call.context
  const known = ledger.platform.refunds.get(refundKey('alipay', trade.terms.outTradeNo, content.out_request_no))
  const isSeen = known !== undefined && known.requestedAt + (call.queryLagMs ?? 0) <= ledger.now()
  return ok(queriedRefund(trade, content.out_request_no, isSeen ? known : undefined))
})

/** Closes what is unpaid, and pays back what is paid. */
const cancel = define('close', tradeSchema, async (content, call) => {
  const trade = named(call, content)
  if (trade === undefined) {
    const unopened = content.out_trade_no ?? ''
    await call.context.ledger.run((platform, now) => withdraw(platform, 'alipay', unopened, now))
    return ok({ out_trade_no: unopened, retry_flag: 'N' })
  }
  const action = trade.state === 'paid' ? 'refund' : 'close'
  const left = { outRequestNo: `cancel_${trade.terms.outTradeNo}`, amountFen: trade.terms.amountFen - trade.refundedFen, reason: 'cancel' }
  const answer = action === 'refund' ? await refundTrade(trade, left, call) : await closeTrade(trade, call)
  return answer.kind === 'ok' ? ok({ trade_no: trade.tradeNo, out_trade_no: trade.terms.outTradeNo, retry_flag: 'N', action }) : answer
})

const billSchema = Type.Object({ bill_type: Type.Enum(['trade', 'signcustomer']), bill_date: Type.String() })
const bill = define('bill', billSchema, async ({ bill_type: type, bill_date: date }, { context }) => {
  const url = billDownload(context, { type, date })
  return url === undefined ? refusedFor('isp.bill_not_exist') : ok({ bill_download_url: url })
})

/** Methods that a buyer's browser or app brings along; nothing but a page answers them. */
export const pageMethods: ReadonlyMap<string, Method> = new Map([
  ['alipay.trade.page.pay', opening('page')],
  ['alipay.trade.wap.pay', opening('wap')],
  ['alipay.trade.app.pay', opening('app')],
])

/** Methods that a merchant's server calls. */
export const methods: ReadonlyMap<string, Method> = new Map([
  ['alipay.trade.precreate', precreate],
  ['alipay.trade.query', query],
  ['alipay.trade.close', closing],
  ['alipay.trade.cancel', cancel],
  ['alipay.trade.refund', refunding],
  ['alipay.trade.fastpay.refund.query', queryingRefund],
  ['alipay.data.dataservice.bill.downloadurl.query', bill],
])
