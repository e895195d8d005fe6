import { Type } from 'typebox'
import type { SandboxContext, Server } from './context.ts'
import { pay, type Trade } from './machine/index.ts'
import { isWebUrl } from './web-urls.ts'
import type { OpenCode } from './opening.ts'
import { cashierPage } from './pages/cashier.ts'
import { frontPage } from './pages/front.ts'
import { messagePage } from './pages/layout.ts'
import { codePage, emptyPhonePage } from './pages/phone.ts'
import { Problem } from './problems.ts'

const title = '微信支付沙箱 · WeChat Pay sandbox'
const html = 'text/html;charset=utf-8'

/** More than any code of either platform has, and less than what a QR code can hold. */
const maxCodeBytes = 2_000

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

  server.get('/phone', { schema: { querystring: Type.Object({ code: Type.Optional(Type.String()) }) } }, async ({ query: { code } }, reply) => {
    if (code !== undefined && Buffer.byteLength(code) > maxCodeBytes) throw new Problem('invalid_request', `a code has at most ${maxCodeBytes} bytes`)
    return reply.type(html).send(code === undefined ? emptyPhonePage() : codePage(code))
  })

  /** Without an outcome: the code is scanned; with one: the buyer pays, or fails to. A code that is over is over for both. */
  server.post('/phone', async ({ body }, reply) => {
    const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : '')
    const code = form.get('code') ?? ''
    const outcome = form.get('outcome')
    const cashier = cashierOf(code)
    if (cashier !== undefined) return reply.redirect(cashier, 303)
    const trade = await opened(code)
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
}

/** Where the buyer goes on who has scanned what is Alipay's: here, whichever host the code names. Undefined: it is not Alipay's. */
function cashierOf(code: string): string | undefined {
  if (!URL.canParse(code)) return undefined
  const { pathname, search } = new URL(code)
  return pathname === '/gateway.do' || pathname.startsWith('/alipay/qr/') ? pathname + search : undefined
}
