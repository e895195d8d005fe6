import { renderSVG } from 'uqr'
import { escaped, page } from './layout.ts'

const title = '微信支付沙箱 · WeChat Pay sandbox'

/** The code as a shop shows it, and a phone to scan it with. */
export function codePage(code: string): string {
  const body = `<div class="card" style="text-align:center"><h1>What the shop shows</h1>
<div class="qr">${renderSVG(code)}</div><p><code>${escaped(code)}</code></p></div>
<div class="card phone"><p>This is your phone.</p>
<form method="post" action="/phone"><input type="hidden" name="code" value="${escaped(code)}"><button class="pay">扫一扫 · Scan it</button></form></div>`
  return page({ title, brand: 'wechat', body })
}

/** A phone that has not scanned anything. */
export function emptyPhonePage(): string {
  const body = `<div class="card phone"><p>This is your phone. Paste the <code>codeUrl</code> that the shop answered:</p>
<form method="get" action="/phone"><input name="code" placeholder="weixin://wxpay/bizpayurl?pr=…" autofocus required><button class="pay">Look at the code</button></form></div>`
  return page({ title, brand: 'wechat', body })
}
