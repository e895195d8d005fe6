import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alipayClient, startTestSandbox, wechatClient } from './testing.ts'

const sandbox = await startTestSandbox()
const { mchid, appId } = sandbox.credentials.wechat

async function order(outTradeNo: string, product = 'native', more: object = {}): Promise<Record<string, string>> {
  const common = { mchid, appid: appId, description: '龙井茶', out_trade_no: outTradeNo, notify_url: 'http://127.0.0.1:1/', amount: { total: 1_230 } }
  return (
    await wechatClient(sandbox.credentials)
      .chain(`v3/pay/transactions/${product}`)
      .post<object, { data: Record<string, string> }>({ ...common, ...more })
  ).data
}

async function visit(path: string, form?: Record<string, string>): Promise<string> {
  const response = await fetch(new URL(path, sandbox.url), form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/html;charset=utf-8')
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  const page = await response.text()
  assert.doesNotMatch(page, /<script/)
  return page
}

test('the phone shows a code, scans it, fails, and pays', async () => {
  const { code_url: code = '' } = await order('phone_0001')
  assert.match(await visit('/phone'), /Paste the/)
  const shown = await visit(`/phone?code=${encodeURIComponent(code)}`)
  assert.match(shown, /<svg/)
  assert.match(shown, new RegExp(`name="code" value="${code.replace('?', '\\?')}"`))
  assert.match(await visit('/phone', { code }), /确认付款/)
  assert.match(await visit('/phone', { code, outcome: 'fail' }), /That payment failed/)
  assert.match(await visit('/phone', { code, outcome: 'success' }), /已支付/)
  assert.match(await visit('/phone', { code }), /is paid already/)
  assert.match(await visit('/phone', { code: 'weixin://nonsense' }), /cannot be paid/)
  assert.match(await visit('/phone', { code: 'weixin://wxpay/bizpayurl?pr=nonsense', outcome: 'success' }), /no merchant has made this code/)
})

test('a code that was scanned in time is over in time, too', async () => {
  const { code_url: code = '' } = await order('phone_0002')
  assert.match(await visit('/phone', { code }), /确认付款/)
  await sandbox.control('POST', '/sandbox/clock', { advanceMs: 2 * 60 * 60_000 })
  assert.match(await visit('/phone', { code, outcome: 'success' }), /cannot be paid/)
  const { items } = await sandbox.control<{ items: { state: string }[] }>('GET', '/sandbox/trades?outTradeNo=phone_0002')
  assert.equal(items[0]?.state, 'waiting')
})

test('a phone that scans what is Alipay’s is sent to its cashier', async () => {
  const client = alipayClient(sandbox.credentials)
  const bizContent = (outTradeNo: string) => ({ bizContent: { outTradeNo, totalAmount: '1.00', subject: 'tea' } })
  const { qrCode } = await client.exec('alipay.trade.precreate', bizContent('phone_qr'), { validateSign: true })
  for (const code of [client.pageExecute('alipay.trade.page.pay', 'GET', bizContent('phone_page')), String(qrCode)]) {
    const response = await fetch(new URL('/phone', sandbox.url), { method: 'POST', body: new URLSearchParams({ code }) })
    assert.match(response.url, /\/alipay\/cashier\/\w+$/)
    assert.match(await response.text(), /确认付款/)
    assert.match(await visit(response.url, { outcome: 'success' }), /已支付/)
  }
})

test('what is too long to be a code is refused in words', async () => {
  for (const [code, status] of [
    ['算'.repeat(1_000), 400],
    ['a'.repeat(2_001), 400],
    ['a'.repeat(2_000), 200],
  ] as const) {
    assert.equal((await fetch(new URL(`/phone?code=${encodeURIComponent(code)}`, sandbox.url))).status, status)
  }
})

test('an h5 link opens the paying page, with the way back that the shop added', async () => {
  const { h5_url: link = '' } = await order('h5_000001', 'h5', { scene_info: { payer_client_ip: '127.0.0.1' } })
  const redirectUrl = 'http://127.0.0.1:3000/orders?a=1&b=2'
  assert.match(
    await visit(`${link}?redirect_url=${encodeURIComponent(redirectUrl)}`),
    /name="redirect_url" value="http:\/\/127\.0\.0\.1:3000\/orders\?a=1&amp;b=2"/,
  )
  assert.match(await visit('/phone', { code: link, redirect_url: redirectUrl, outcome: 'success' }), /href="http:\/\/127\.0\.0\.1:3000\/orders\?a=1&amp;b=2"/)
  assert.doesNotMatch(await visit('/phone', { code: link, redirect_url: 'javascript:alert(1)', outcome: 'success' }), /javascript:/)
})

test('the front page tells what was traded, and what can be done', async () => {
  const { code_url: code = '' } = await order('front_0001')
  const front = await visit('/')
  assert.ok(front.includes(`href="/phone?code=${encodeURIComponent(code)}">pay`))
  assert.match(front, /phone_0001/)
  assert.match(front, /¥12\.30/)
  assert.match(front, /curl http:\/\/127\.0\.0\.1:\d+\/sandbox\/pay/)
})

test('what a merchant writes cannot become part of a page', async () => {
  const { code_url: code = '' } = await order('escape_001', 'native', { description: '"><script>alert(1)</script>' })
  assert.match(await visit('/phone', { code }), /&quot;&gt;&lt;script&gt;/)
  await visit(`/phone?code=${encodeURIComponent('"><script>alert(1)</script>')}`)
})
