import type { AlipayContext } from './alipay/context.ts'
import { openPayment } from './alipay/gateway.ts'
import type { SandboxContext } from './context.ts'
import { channels, scan, tradeKey, type Channel, type ScanAnswer, type Trade } from './machine/index.ts'
import { Problem } from './problems.ts'

/** The token in a code or link of either platform; undefined: it is none. */
function tokenOf(code: string): string | undefined {
  const patterns = [
    /^weixin:\/\/wxpay\/bizpayurl\?pr=([0-9A-Za-z]+)$/,
    /^wx([0-9A-Za-z]+)$/,
    /^http:\/\/[^/]+\/(?:alipay\/qr|alipay\/cashier|wechat\/h5)\/([0-9A-Za-z]+)(?:\?|$)/,
  ]
  return patterns.flatMap((pattern) => pattern.exec(code)?.[1] ?? [])[0]
}

/** What a buyer's phone or browser does with a code, a link, or an order string. Throws a `Problem` where nothing opens. */
export type OpenCode = (code: string) => Promise<Trade>

/** Codes of either platform are opened alike; a pay URL is a request to Alipay's gateway. */
export function createOpening(alipay: AlipayContext): OpenCode {
  return async (code) => {
    const token = tokenOf(code) ?? (await tokenOfPayUrl(alipay, code))
    const opened = await alipay.ledger.run((platform, now) => scan(platform, token, now))
    return tradeOf(opened)
  }
}

/** A link to the gateway is opened, as a browser would: what comes of it is a cashier with a token. */
async function tokenOfPayUrl(alipay: AlipayContext, url: string): Promise<string> {
  const query = /\/gateway\.do\?(.*)$/.exec(url)?.[1] ?? (url.includes('app_id=') ? url : undefined)
  if (query === undefined) throw new Problem('invalid_request', 'this is neither a pay URL, nor a code, nor an order string of this sandbox')
  const opened = await openPayment(alipay, query)
  if (opened.kind === 'refused') throw new Problem('not_payable', `the platform says ${opened.subCode}: ${opened.subMessage}`)
  return String(opened.fields['cashier']).split('/').at(-1) ?? ''
}

function tradeOf(opened: ScanAnswer): Trade {
  switch (opened.outcome) {
    case 'opened':
      return opened.trade
    case 'unknown_code':
      throw new Problem('not_found', 'no merchant has made this code')
    case 'code_expired':
      throw new Problem('not_payable', 'this code is too old')
    case 'already_paid':
      throw new Problem('not_payable', `${opened.trade.key} is paid already`)
    case 'already_closed':
      throw new Problem('not_payable', `${opened.trade.key} is closed`)
    case 'other_terms':
      throw new Problem('not_payable', `${opened.trade.key} was opened for another amount or subject`)
  }
}

/** A trade by the merchant's number; of both platforms if none is named. */
export function tradeNamed({ ledger: { platform } }: Pick<SandboxContext, 'ledger'>, outTradeNo: string, channel?: Channel): Trade {
  const found = (channel === undefined ? channels : [channel]).flatMap((each) => platform.trades.get(tradeKey(each, outTradeNo)) ?? [])
  const [trade, second] = found
  if (trade === undefined) {
    throw new Problem(
      'not_found',
      `no platform knows ${outTradeNo}. At Alipay a trade begins when its pay URL or code is opened: POST /sandbox/scan {"payUrl": …}.`,
    )
  }
  if (second !== undefined) throw new Problem('invalid_request', `both platforms have an order ${outTradeNo}: say "channel"`)
  return trade
}
