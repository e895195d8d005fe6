import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { damaged } from '../files/damage.ts'
import { sendAnswer, underFaults, type Server } from '../context.ts'
import { findTrade, refundKey, type ApiFault, type Operation } from '../machine/index.ts'
import { refusalOf } from './authorization.ts'
import { tradeBill } from './bills.ts'
import { listCertificates } from './certificates.ts'
import type { WechatContext } from './context.ts'
import { closeOrder, orderSchema, placeOrder, queryOrder } from './orders.ts'
import { askRefund, queryRefund, refundSchema } from './refunds.ts'
import { refuse, refuseByFault, signedAnswer, type WechatAnswer } from './responses.ts'

interface Endpoint<Body extends TSchema> {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly operation: Operation
  readonly body: Body
  run(call: WechatCall<Static<Body>>): Promise<WechatAnswer>
}

interface WechatCall<Body> {
  readonly parameters: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: Body
  readonly fault: ApiFault
}

const nothing = Type.Undefined()

/** The v3 endpoints that a shop needs. */
export function wechatRoutes(server: Server, context: WechatContext): void {
  const { mchid } = context.keys.file.wechat

  for (const product of ['native', 'jsapi', 'h5', 'app'] as const) {
    add({
      method: 'POST',
      url: `/v3/pay/transactions/${product}`,
      operation: 'create',
      body: orderSchema,
      run: ({ body }) => placeOrder(context, product, body),
    })
  }
  add({
    method: 'GET',
    url: '/v3/pay/transactions/id/:transaction_id',
    operation: 'query',
    body: nothing,
    run: async ({ parameters, query, fault }) =>
      query['mchid'] === mchid ? queryOrder(context, { tradeNo: parameters['transaction_id'] ?? '' }, fault) : wrongMerchant,
  })
  add({
    method: 'GET',
    url: '/v3/pay/transactions/out-trade-no/:out_trade_no',
    operation: 'query',
    body: nothing,
    run: async ({ parameters, query, fault }) =>
      query['mchid'] === mchid ? queryOrder(context, { outTradeNo: parameters['out_trade_no'] ?? '' }, fault) : wrongMerchant,
  })
  add({
    method: 'POST',
    url: '/v3/pay/transactions/out-trade-no/:out_trade_no/close',
    operation: 'close',
    body: Type.Object({ mchid: Type.String() }),
    run: async ({ parameters, body }) => (body.mchid === mchid ? closeOrder(context, parameters['out_trade_no'] ?? '') : wrongMerchant),
  })
  add({
    method: 'POST',
    url: '/v3/refund/domestic/refunds',
    operation: 'refund',
    body: refundSchema,
    run: ({ body, fault }) => askRefund(context, body, fault.refundEnding ?? 'success'),
  })
  add({
    method: 'GET',
    url: '/v3/refund/domestic/refunds/:out_refund_no',
    operation: 'queryRefund',
    body: nothing,
    run: async ({ parameters, fault }) => queryRefund(context, parameters['out_refund_no'] ?? '', fault.queryLagMs),
  })
  add({ method: 'GET', url: '/v3/certificates', operation: 'certificates', body: nothing, run: async () => listCertificates(context) })
  add({
    method: 'GET',
    url: '/v3/bill/tradebill',
    operation: 'bill',
    body: nothing,
    run: async ({ query }) => (Value.Check(billQuerySchema, query) ? tradeBill(context, query) : refuse('PARAM_ERROR', 'bill_date, bill_type or tar_type')),
  })

  // The one reply that bears no signature: its hash was told before.
  server.get('/v3/billdownload/file', async (request, reply) => {
    const refusal = refusalOf(context, incoming(request))
    if (refusal !== undefined) return answer(request, reply, refusal)
    const file = context.bills.find((request.query as Record<string, string>)['token'] ?? '')
    if (file === undefined) return answer(request, reply, refuse('PARAM_ERROR', '账单下载地址已失效'))
    return underFaults(context, { channel: 'wechat', operation: 'billFile', outTradeNo: '' }, reply, async (fault) =>
      fault.errorCode === undefined
        ? { status: 200, headers: { 'content-type': 'text/plain' }, body: damaged(file, fault.file) }
        : signed(request, refuseByFault(fault.errorCode), fault),
    )
  })

  function add<Body extends TSchema>({ method, url, operation, body: schema, run }: Endpoint<Body>): void {
    server.route({
      method,
      url,
      handler: async (request, reply) => {
        const refusal = refusalOf(context, incoming(request))
        if (refusal !== undefined) return answer(request, reply, refusal)
        const { params, query } = request as { params: Record<string, string>; query: Record<string, string> }
        const body = jsonOf(request.body)
        if (!Value.Check(schema, body)) return answer(request, reply, notAsAsked(schema, body))
        const subject = { channel: 'wechat', operation, outTradeNo: outTradeNoOf(context, { ...(body as object | undefined), ...params }) } as const
        return underFaults(context, subject, reply, async (fault) => {
          const said = fault.errorCode === undefined ? await run({ parameters: params, query, body, fault }) : refuseByFault(fault.errorCode)
          return signed(request, said, fault)
        })
      },
    })
  }

  function signed(request: FastifyRequest, said: WechatAnswer, fault: ApiFault) {
    const serial = request.headers['wechatpay-serial']
    const identity = typeof serial === 'string' ? context.identity.named(serial) : context.identity.next()
    if (identity !== undefined) return signedAnswer(context, identity, said, fault)
    return signedAnswer(context, context.identity.next(), refuse('PARAM_ERROR', 'Wechatpay-Serial: 无此平台证书或公钥'), fault)
  }

  function answer(request: FastifyRequest, reply: FastifyReply, said: WechatAnswer): Promise<void> {
    if (said.kind === 'refused') context.log.info({ channel: 'wechat', code: said.code }, said.message)
    return sendAnswer(reply, signed(request, said, {}))
  }
}

const wrongMerchant = refuse('PARAM_ERROR', '商户号与签名的商户不一致', { field: 'mchid' })

const billQuerySchema = Type.Object({
  bill_date: Type.String(),
  bill_type: Type.Optional(Type.Enum(['ALL', 'SUCCESS', 'REFUND'])),
  tar_type: Type.Optional(Type.Literal('GZIP')),
})

function incoming({ method, url, headers, body }: FastifyRequest) {
  return { method, url, authorization: headers.authorization, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) }
}

/** Undefined where there is no body; a text where it is no JSON, which no schema lets pass. */
function jsonOf(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return 'not JSON'
  }
}

function notAsAsked(schema: TSchema, body: unknown): WechatAnswer {
  const [first] = Value.Errors(schema, body)
  const field = (first?.instancePath ?? '').slice(1).replaceAll('/', '.')
  return refuse('PARAM_ERROR', '参数错误', { field, location: 'body', issue: first?.message ?? 'invalid' })
}

/** The order that a call is about, by whichever of the numbers it names. */
function outTradeNoOf({ ledger: { platform } }: WechatContext, named: { out_trade_no?: string; transaction_id?: string; out_refund_no?: string }): string {
  const { out_trade_no: outTradeNo, transaction_id: tradeNo, out_refund_no: outRefundNo = '' } = named
  const trade = tradeNo === undefined ? undefined : findTrade(platform, 'wechat', { tradeNo })
  return outTradeNo ?? trade?.terms.outTradeNo ?? platform.refunds.get(refundKey('wechat', '', outRefundNo))?.outTradeNo ?? ''
}
