import { Type } from 'typebox'
import type { SandboxContext, Server } from './context.ts'
import { pay, tradeKey, type Trade } from './machine/index.ts'
import { isWebUrl } from './web-urls.ts'
import { tokenOf, type OpenCode } from './opening.ts'
import { cashierPage } from './pages/cashier.ts'
import { frontPage } from './pages/front.ts'
import { messagePage } from './pages/layout.ts'
import { codePage, emptyPhonePage } from './pages/phone.ts'
import { Problem } from './problems.ts'

const title = '微信支付沙箱 · WeChat Pay sandbox'
const html = 'text/html;charset=utf-8'

/** Somebody with a code in hand. */
interface Payer {
  readonly code: string
  /** Where the shop wants the buyer to go on to; empty: nowhere. */
  readonly redirectUrl: string
  readonly hasFailed: boolean
}

/** The sandbox's front page, and a phone to scan and pay with. */
export function pageRoutes(server: Server, context: SandboxContext, openCode: OpenCode): void {
  const { ledger } = context

  server.get('/', async (_, reply) => reply.type(html).send(frontPage(ledger.platform, ledger.now(), context.baseUrl())))

  server.get('/phone', { schema: { querystring: Type.Object({ code: Type.Optional(Type.String({ maxLength: 2_000 })) }) } }, async ({ query }, reply) =>
    reply.type(html).send(query.code === undefined ? emptyPhonePage() : codePage(query.code)),
  )

  /** Without an outcome: the code is scanned; with one: the buyer pays, or fails to. */
  server.post('/phone', async ({ body }, reply) => {
    const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : '')
    const code = form.get('code') ?? ''
    const outcome = form.get('outcome')
    const trade = outcome === null ? await opened(code) : known(code)
    if (trade instanceof Problem) return reply.type(html).send(messagePage(title, 'This code cannot be paid', trade.message))
    const paid = outcome === null ? undefined : await ledger.run((platform, now) => pay(platform, trade.key, outcome === 'fail' ? 'fail' : 'success', now))
    const payer = { code, redirectUrl: form.get('redirect_url') ?? '', hasFailed: paid?.outcome === 'failed' }
    return reply.type(html).send(payingPage(ledger.platform.trades.get(trade.key) ?? trade, payer))
  })

  const h5 = {
    params: Type.Object({ token: Type.String({ pattern: '^[0-9A-Za-z]{1,40}$' }) }),
    querystring: Type.Object({ redirect_url: Type.Optional(Type.String({ maxLength: 2_000 })) }),
  }
  server.get('/wechat/h5/:token', { schema: h5 }, async ({ params: { token }, query }, reply) => {
    const code = `${context.baseUrl()}/wechat/h5/${token}`
    const trade = await opened(code)
    if (trade instanceof Problem) return reply.type(html).send(messagePage(title, 'This link cannot be paid', trade.message))
    return reply.type(html).send(payingPage(trade, { code, redirectUrl: query.redirect_url ?? '', hasFailed: false }))
  })

  function payingPage(trade: Trade, { code, redirectUrl, hasFailed }: Payer): string {
    const canPay = trade.state === 'waiting' && trade.expiresAt > ledger.now()
    const returnUrl = isWebUrl(redirectUrl) ? redirectUrl : ''
    const fields = { code, redirect_url: returnUrl }
    return cashierPage({ title, brand: 'wechat', trade, action: '/phone', fields, canPay, hasFailed, returnUrl })
  }

  async function opened(code: string): Promise<Trade | Problem> {
    try {
      return await openCode(code)
    } catch (error) {
      if (error instanceof Problem) return error
      throw error
    }
  }

  function known(code: string): Trade | Problem {
    const offer = ledger.platform.offers.get(tokenOf(code) ?? '')
    const trade = offer === undefined ? undefined : ledger.platform.trades.get(tradeKey(offer.channel, offer.terms.outTradeNo))
    return trade ?? new Problem('not_found', 'no merchant has made this code')
  }
}
