import { chinaTime, type Platform, type Trade } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import { escaped, page } from './layout.ts'

const shown = 20

/** For a curious person: what this is, what was paid lately, and what can be done here. */
export function frontPage(platform: Platform, now: number, baseUrl: string): string {
  const recent = [...platform.trades.values()].slice(-shown).toReversed()
  const body = `
<div class="card"><h1>Alipay and WeChat Pay, simulated</h1>
<p>This program plays both payment platforms for a shop on this machine. It speaks their real, signed protocols, so that the
shop needs no line of code for it; keys were made at the first start. The platforms' clock shows ${chinaTime(now)} in China${platform.desk.clock.scale === 1 ? '' : `, at ${platform.desk.clock.scale} times the speed`}.</p>
<p>Order something in the shop and ask it for a payment. An Alipay <code>payUrl</code> opens the cashier in this browser; a
WeChat Pay <code>codeUrl</code> is scanned with <a href="/phone">this phone</a>.</p></div>
<div class="card"><h2>Trades</h2>${tradeTable(recent)}</div>
<div class="card"><h2>By hand, and by tests</h2>
<p>Buy without a browser:</p><pre>${escaped(examples(baseUrl))}</pre>
<p>Make things go wrong, and see what the shop answered to every notification:</p><pre>${escaped(faultExamples(baseUrl))}</pre></div>`
  return page({ title: '算盘沙箱 · Suanpan sandbox', brand: 'sandbox', body })
}

function tradeTable(trades: readonly Trade[]): string {
  if (trades.length === 0) return '<p>None yet.</p>'
  const rows = trades.map(({ channel, terms, state, refundedFen }) => {
    const refunded = refundedFen > 0 ? `, ¥${yuanText(refundedFen)} refunded` : ''
    const deliveries = `/sandbox/deliveries?outTradeNo=${encodeURIComponent(terms.outTradeNo)}`
    return `<tr><td>${channel}</td><td>${escaped(terms.outTradeNo)}</td><td>¥${yuanText(terms.amountFen)}</td><td>${state}${refunded}</td><td><a href="${escaped(deliveries)}">notifications</a></td></tr>`
  })
  return `<table><tr><th>Platform</th><th>Order number</th><th>Amount</th><th>State</th><th></th></tr>${rows.join('')}</table>`
}

function examples(baseUrl: string): string {
  const post = (path: string, body: object) => `curl ${baseUrl}${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
  return [post('/sandbox/scan', { payUrl: '…' }), post('/sandbox/pay', { outTradeNo: '…' }), post('/sandbox/pay', { codeUrl: 'weixin://…', outcome: 'fail' }), `curl ${baseUrl}/sandbox/trades`].join('\n')
}

function faultExamples(baseUrl: string): string {
  const post = (path: string, body: object) => `curl ${baseUrl}${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
  return [
    post('/sandbox/faults', { next: 1, notify: { drop: true } }),
    post('/sandbox/faults', { channel: 'wechat', notify: { signature: 'bad' } }),
    post('/sandbox/faults', { channel: 'alipay', next: 1, api: { operations: ['refund'], timeoutAfterCommit: true } }),
    `curl -X DELETE ${baseUrl}/sandbox/faults`,
    post('/sandbox/clock', { advanceMs: 240_000 }),
    `curl '${baseUrl}/sandbox/deliveries?outTradeNo=…'`,
  ].join('\n')
}
