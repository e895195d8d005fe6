import { chinaTime, tradeKey, type Channel, type Offer, type Platform, type Trade } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import { escaped, page } from './layout.ts'

const shown = 20

/** For a curious person: what this is, what was paid lately, and what can be done here. */
export function frontPage(platform: Platform, now: number, baseUrl: string): string {
  const recent = [...platform.trades.values()].slice(-shown).toReversed()
  const body = `
<div class="card"><h1>Alipay and WeChat Pay, simulated</h1>
<p>This program plays both payment platforms for a shop on this machine. It speaks their real, signed protocols, so that the
shop needs no line of code for it; keys were made at the first start. ${clockSentence(platform, now)}</p>
<p>Order something in the shop and ask it for a payment. An Alipay <code>payUrl</code> opens the cashier in this browser; a
WeChat Pay <code>codeUrl</code> is scanned with <a href="/phone">this phone</a>.</p></div>
<div class="card"><h2>Trades</h2>${tradeTable(recent, platform.offers.values())}</div>
<div class="card"><h2>By hand, and by tests</h2>
<p>Buy without a browser:</p><pre>${escaped(examples(baseUrl))}</pre>
<p>Make things go wrong, and see what the shop answered to every notification:</p><pre>${escaped(faultExamples(baseUrl))}</pre></div>`
  return page({ title: '算盘沙箱 · Suanpan sandbox', brand: 'sandbox', body })
}

function clockSentence({ desk }: Platform, now: number): string {
  const speed = desk.clock.scale === 1 ? '' : `, at ${desk.clock.scale} times the speed`
  return `The platforms' clock shows ${chinaTime(now)} in China${speed}.`
}

function tradeTable(trades: readonly Trade[], offers: Iterable<Offer>): string {
  if (trades.length === 0) return '<p>None yet.</p>'
  // The newest code of an order comes last.
  const tokens = new Map([...offers].map(({ channel: of, terms, key }) => [tradeKey(of, terms.outTradeNo), key]))
  const rows = trades.map(({ key, channel, terms, state, refundedFen }) => {
    const refunded = refundedFen > 0 ? `, ¥${yuanText(refundedFen)} refunded` : ''
    const open = state === 'waiting' ? `<a href="${escaped(payLink(channel, tokens.get(key) ?? ''))}">pay</a>` : ''
    const deliveries = `/sandbox/deliveries?outTradeNo=${encodeURIComponent(terms.outTradeNo)}`
    const cells = [
      channel,
      escaped(terms.outTradeNo),
      `¥${yuanText(terms.amountFen)}`,
      `${state}${refunded}`,
      open,
      `<a href="${escaped(deliveries)}">notifications</a>`,
    ]
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  return `<div class="wide"><table><tr><th>Platform</th><th>Order number</th><th>Amount</th><th>State</th><th></th><th></th></tr>${rows.join('')}</table></div>`
}

/** Where a buyer goes on: to the cashier, or to a phone that holds the code. */
function payLink(channel: Channel, token: string): string {
  return channel === 'alipay' ? `/alipay/cashier/${token}` : `/phone?code=${encodeURIComponent(`weixin://wxpay/bizpayurl?pr=${token}`)}`
}

function examples(baseUrl: string): string {
  return [
    post(baseUrl, '/sandbox/scan', { payUrl: '…' }),
    post(baseUrl, '/sandbox/pay', { outTradeNo: '…' }),
    post(baseUrl, '/sandbox/pay', { codeUrl: 'weixin://…', outcome: 'fail' }),
    `curl ${baseUrl}/sandbox/trades`,
  ].join('\n\n')
}

function faultExamples(baseUrl: string): string {
  return [
    post(baseUrl, '/sandbox/faults', { next: 1, notify: { drop: true } }),
    post(baseUrl, '/sandbox/faults', { channel: 'wechat', notify: { signature: 'bad' } }),
    post(baseUrl, '/sandbox/faults', { channel: 'alipay', next: 1, api: { operations: ['refund'], timeoutAfterCommit: true } }),
    `curl -X DELETE ${baseUrl}/sandbox/faults`,
    post(baseUrl, '/sandbox/clock', { advanceMs: 240_000 }),
    `curl '${baseUrl}/sandbox/deliveries?outTradeNo=…'`,
  ].join('\n\n')
}

function post(baseUrl: string, path: string, body: object): string {
  return `curl ${baseUrl}${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
}
