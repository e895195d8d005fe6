import { Type } from 'typebox'
import { sendAnswer, underFaults, type Server } from '../context.ts'
import { damaged } from '../files/damage.ts'
import { chinaTime, pay, scan, tradeKey, type Trade } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import { cashierPage } from '../pages/cashier.ts'
import { messagePage } from '../pages/layout.ts'
import { billFile } from './bills.ts'
import type { AlipayContext } from './context.ts'
import { signedParameters } from './parameters.ts'

const tokenParams = { params: Type.Object({ token: Type.String({ pattern: '^[0-9A-Za-z]{1,40}$' }) }) }
const title = '支付宝沙箱 · Alipay sandbox'
const html = 'text/html;charset=utf-8'
const noSuchPayment = messagePage(title, 'There is no such payment', 'The link is old, or from another sandbox.')

/** Where a buyer pays: the cashier in the browser, and the page behind a QR code. */
export function cashierRoutes(server: Server, context: AlipayContext): void {
  const { ledger } = context

  /** What a phone sees that has scanned the code: the trade comes to be. */
  server.get('/alipay/qr/:token', { schema: tokenParams }, async ({ params: { token } }, reply) => {
    const opened = await ledger.run((platform, now) => scan(platform, token, now))
    if (opened.outcome === 'opened' || opened.outcome === 'already_paid') return reply.redirect(`/alipay/cashier/${token}`)
    return reply.type(html).send(messagePage(title, 'This code cannot be paid', `The platform says: ${opened.outcome}.`))
  })

  server.get(
    '/alipay/cashier/:token',
    { schema: { ...tokenParams, querystring: Type.Object({ failed: Type.Optional(Type.String()) }) } },
    async (request, reply) => {
      const trade = tradeOf(request.params.token)
      if (trade === undefined) return reply.code(404).type(html).send(noSuchPayment)
      const page = cashierPage({
        title,
        brand: 'alipay',
        trade,
        action: `/alipay/cashier/${request.params.token}`,
        fields: {},
        canPay: trade.state === 'waiting' && trade.expiresAt > ledger.now(),
        hasFailed: request.query.failed !== undefined,
        returnUrl: trade.terms.returnUrl === '' ? '' : returnUrl(trade),
      })
      return reply.type(html).send(page)
    },
  )

  server.post('/alipay/cashier/:token', { schema: tokenParams }, async ({ params: { token }, body }, reply) => {
    const trade = tradeOf(token)
    if (trade === undefined) return reply.code(404).type(html).send(noSuchPayment)
    const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : '')
    const outcome = form.get('outcome') === 'fail' ? 'fail' : 'success'
    const paid = await ledger.run((platform, now) => pay(platform, trade.key, outcome, now))
    const failed = paid.outcome === 'failed' ? '?failed=1' : ''
    return reply.redirect(`/alipay/cashier/${token}${failed}`, 303)
  })

  server.get('/alipay/bill/:token.zip', { schema: tokenParams }, async ({ params: { token } }, reply) => {
    const bill = context.bills.find(token)
    const refused = (body: string) => ({ status: 403, headers: { 'content-type': 'text/plain' }, body })
    if (bill === undefined) return sendAnswer(reply, refused('the link to this bill is no longer valid'))
    return underFaults(context, { channel: 'alipay', operation: 'billFile', outTradeNo: '' }, reply, async ({ errorCode, file }) => {
      if (errorCode !== undefined) return refused(errorCode)
      const headers = { 'content-type': 'application/zip', 'content-disposition': `attachment; filename=${bill.date}.csv.zip` }
      return { status: 200, headers, body: damaged(billFile(context, bill), file) }
    })
  })

  function tradeOf(token: string): Trade | undefined {
    const { offers, trades } = ledger.platform
    const offer = offers.get(token)
    return offer === undefined ? undefined : trades.get(tradeKey('alipay', offer.terms.outTradeNo))
  }

  /** The buyer's way back. It is a hint for the browser; no shop should believe it without asking. */
  function returnUrl({ terms, tradeNo, product }: Trade): string {
    const { sellerId } = context.keys.file.alipay
    const fields = {
      charset: 'utf-8',
      method: `alipay.trade.${product}.pay.return`,
      version: '1.0',
      app_id: terms.appId,
      auth_app_id: terms.appId,
      seller_id: sellerId,
      out_trade_no: terms.outTradeNo,
      trade_no: tradeNo,
      total_amount: yuanText(terms.amountFen),
      timestamp: chinaTime(ledger.now()),
    }
    const url = new URL(terms.returnUrl)
    for (const [name, value] of Object.entries(signedParameters(fields, context.signer))) url.searchParams.set(name, value)
    return url.toString()
  }
}
