import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alipayClient, eventually, startMerchant, startTestSandbox } from '../testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()
const client = alipayClient(sandbox.credentials)
const returnUrl = `${merchant.url}/back?from=alipay`

function pageParameters(outTradeNo: string, more: object = {}) {
  const bizContent = { outTradeNo, totalAmount: '88.00', subject: '盖碗 <b> "set"', productCode: 'FAST_INSTANT_TRADE_PAY', ...more }
  return { bizContent, notifyUrl: `${merchant.url}/alipay`, returnUrl }
}

/** Follows redirects within the sandbox, as a browser does. */
async function visit(url: string, form?: Record<string, string>): Promise<{ readonly url: string; readonly page: string }> {
  const response = await fetch(url, form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) })
  return { url: response.url, page: await response.text() }
}

const fieldsOf = (html: string) =>
  Object.fromEntries([...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value.replaceAll('&quot;', '"')]))

test('page pay by GET: a person pays, is shown the way back, and the merchant is told', async () => {
  const cashier = await visit(client.pageExecute('alipay.trade.page.pay', 'GET', pageParameters('page_get')))
  assert.match(cashier.url, /\/alipay\/cashier\//)
  assert.match(cashier.page, /88\.00/)
  assert.match(cashier.page, /盖碗 &lt;b&gt; &quot;set&quot;/)
  const failed = await visit(cashier.url, { outcome: 'fail' })
  assert.match(failed.page, /That payment failed/)
  const paid = await visit(cashier.url, { outcome: 'success' })
  assert.match(paid.page, /已支付/)

  const back = new URL(/href="([^"]+)">Back to the shop/.exec(paid.page)?.[1]?.replaceAll('&amp;', '&') ?? '')
  const { from, ...signed } = Object.fromEntries(back.searchParams)
  assert.deepEqual([from, signed['out_trade_no'], signed['total_amount']], ['alipay', 'page_get', '88.00'])
  assert.equal(client.checkNotifySignV2(signed), true)
  const told = await eventually(() => merchant.received.find(({ body }) => body.includes('page_get')))
  assert.equal(client.checkNotifySignV2(Object.fromEntries(new URLSearchParams(told.body))), true)

  const again = await visit(client.pageExecute('alipay.trade.page.pay', 'GET', pageParameters('page_get')))
  assert.match(again.page, /ACQ\.TRADE_HAS_SUCCESS/)
})

test('page pay by POST: the form that the SDK writes, sent as a browser sends it', async () => {
  const html = client.pageExecute('alipay.trade.page.pay', 'POST', pageParameters('page_post'))
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? ''
  const cashier = await visit(action, fieldsOf(html))
  assert.match(cashier.page, /page_post/)
  assert.match((await visit(cashier.url, { outcome: 'success' })).page, /已支付/)
})

test('wap and app pay open by their link and their order string', async () => {
  const wap = client.pageExecute('alipay.trade.wap.pay', 'GET', pageParameters('wap_pay', { productCode: 'QUICK_WAP_WAY' }))
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { payUrl: wap }))['product'], 'wap')
  const orderString = client.sdkExecute('alipay.trade.app.pay', pageParameters('app_pay', { productCode: 'QUICK_MSECURITY_PAY' }))
  assert.equal((await sandbox.control('POST', '/sandbox/scan', { orderString }))['state'], 'waiting')
})

test('a QR code can be opened in a browser, too', async () => {
  const offered = await client.exec(
    'alipay.trade.precreate',
    { bizContent: { outTradeNo: 'qr_page', totalAmount: '1.00', subject: 'tea' } },
    { validateSign: true },
  )
  const cashier = await visit(offered['qrCode'] as string)
  assert.match(cashier.page, /1\.00/)
  assert.match((await visit(`${sandbox.url}/alipay/qr/nonsense`)).page, /cannot be paid/)
  assert.equal((await fetch(`${sandbox.url}/alipay/cashier/nonsense`)).status, 404)
})

test('a trade ends when the merchant said so: a wap trade is told closed, and its page says it', async () => {
  const link = client.pageExecute('alipay.trade.wap.pay', 'GET', pageParameters('wap_expires', { timeoutExpress: '1m' }))
  const cashier = await visit(link)
  await sandbox.control('POST', '/sandbox/clock', { advanceMs: 60_000 })
  assert.match((await visit(cashier.url, { outcome: 'success' })).page, /已关闭/)
  const told = await eventually(() => merchant.received.find(({ body }) => body.includes('wap_expires')))
  const notified = Object.fromEntries(new URLSearchParams(told.body))
  assert.deepEqual([notified['trade_status'], notified['refund_fee'], notified['gmt_close'] !== undefined], ['TRADE_CLOSED', undefined, true])
  assert.match((await visit(link)).page, /ACQ\.TRADE_HAS_CLOSE/)
})

test('what cannot be an order is refused on its page', async () => {
  const cases: readonly (readonly [content: object, because: RegExp])[] = [
    [{ totalAmount: '0' }, /total_amount/],
    [{ totalAmount: '1.234' }, /total_amount/],
    [{ totalAmount: '-1' }, /total_amount/],
    [{ subject: '' }, /subject/],
    [{ subject: 'a&b' }, /subject/],
    [{ timeoutExpress: '90x' }, /timeout_express/],
    [{ timeExpire: '2020-01-01 00:00:00' }, /time_expire/],
    [{ outTradeNo: 'a b' }, /out_trade_no/],
  ]
  for (const [content, because] of cases) {
    const { page } = await visit(client.pageExecute('alipay.trade.page.pay', 'GET', pageParameters('odd_order', content)))
    assert.match(page, /ACQ\.INVALID_PARAMETER/, JSON.stringify(content))
    assert.match(page, because)
  }
  const far = client.pageExecute('alipay.trade.page.pay', 'GET', { ...pageParameters('far_away'), notifyUrl: 'https://shop.example/notify' })
  assert.match((await visit(far)).page, /loopback/)
  const asking = client.pageExecute('alipay.trade.page.pay', 'GET', { ...pageParameters('asking'), notifyUrl: `${merchant.url}/alipay?a=1` })
  assert.match((await visit(asking)).page, /without a query string/)
  const script = client.pageExecute('alipay.trade.page.pay', 'GET', { ...pageParameters('script'), returnUrl: 'javascript:alert(1)' })
  assert.match((await visit(script)).page, /return_url/)
})
