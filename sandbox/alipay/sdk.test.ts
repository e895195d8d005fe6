import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alipayClient, eventually, startMerchant, startTestSandbox } from '../testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()
const notifyUrl = `${merchant.url}/alipay`

function notificationsOf(outTradeNo: string): Record<string, string>[] {
  return merchant.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body))).filter((notified) => notified['out_trade_no'] === outTradeNo)
}

for (const mode of ['public-key', 'certificate'] as const) {
  const client = alipayClient(sandbox.credentials, mode)
  const prefix = mode === 'certificate' ? 'cert' : 'key'
  const exec = async (method: string, bizContent: object): Promise<Record<string, unknown>> =>
    client.exec(method, { bizContent, notifyUrl }, { validateSign: true })

  test(`${mode} mode: a QR code from precreate to paid, refunded in parts, every reply and notification verified by the SDK`, async () => {
    const outTradeNo = `${prefix}_qr`
    const offered = await exec('alipay.trade.precreate', { outTradeNo, totalAmount: '12.30', subject: '龙井茶 250g "明前"', passbackParams: 'a%3Db' })
    assert.deepEqual([offered['code'], offered['outTradeNo']], ['10000', outTradeNo])
    const notYet = await exec('alipay.trade.query', { outTradeNo })
    assert.deepEqual([notYet['code'], notYet['subCode'], notYet['outTradeNo']], ['40004', 'ACQ.TRADE_NOT_EXIST', outTradeNo])
    assert.equal((await exec('alipay.trade.close', { outTradeNo }))['subCode'], 'ACQ.TRADE_NOT_EXIST')

    const scanned = await sandbox.control('POST', '/sandbox/scan', { codeUrl: offered['qrCode'] })
    assert.deepEqual([scanned.status, scanned['state'], scanned['amountFen']], [200, 'waiting', 1_230])
    assert.equal((await exec('alipay.trade.query', { outTradeNo }))['tradeStatus'], 'WAIT_BUYER_PAY')

    assert.equal((await sandbox.control('POST', '/sandbox/pay', { outTradeNo }))['outcome'], 'paid')
    const [notified = {}] = await eventually(() => (notificationsOf(outTradeNo).length > 0 ? notificationsOf(outTradeNo) : undefined))
    assert.equal(client.checkNotifySignV2(notified), true)
    const { appId, sellerId } = sandbox.credentials.alipay
    assert.deepEqual(
      ['app_id', 'seller_id', 'trade_status', 'total_amount', 'subject', 'passback_params', 'refund_fee'].map((name) => notified[name]),
      [appId, sellerId, 'TRADE_SUCCESS', '12.30', '龙井茶 250g "明前"', 'a%3Db', undefined],
    )
    const paid = await exec('alipay.trade.query', { tradeNo: notified['trade_no'] })
    assert.deepEqual([paid['outTradeNo'], paid['tradeStatus'], paid['totalAmount']], [outTradeNo, 'TRADE_SUCCESS', '12.30'])
    assert.equal((await exec('alipay.trade.close', { outTradeNo }))['subCode'], 'ACQ.TRADE_STATUS_ERROR')
    assert.equal((await exec('alipay.trade.precreate', { outTradeNo, totalAmount: '12.30', subject: 'again' }))['subCode'], 'ACQ.TRADE_HAS_SUCCESS')
  })

  test(`${mode} mode: refunds`, async () => {
    const outTradeNo = `${prefix}_refunds`
    const offered = await exec('alipay.trade.precreate', { outTradeNo, totalAmount: '10.00', subject: 'tea' })
    await sandbox.control('POST', '/sandbox/scan', { codeUrl: offered['qrCode'] })
    assert.equal((await exec('alipay.trade.refund', { outTradeNo, refundAmount: '1.00', outRequestNo: 'r1' }))['subCode'], 'ACQ.TRADE_STATUS_ERROR')
    await sandbox.control('POST', '/sandbox/pay', { outTradeNo })

    const cases: readonly (readonly [content: object, told: Record<string, unknown>] | 'a pause')[] = [
      [{ refundAmount: '3.00' }, { code: '40004', subCode: 'ACQ.INVALID_PARAMETER' }],
      [
        { refundAmount: '3.001', outRequestNo: 'r1' },
        { code: '40004', subCode: 'ACQ.INVALID_PARAMETER' },
      ],
      [
        { refundAmount: '3.00', outRequestNo: 'r1' },
        { code: '10000', fundChange: 'Y', refundFee: '3.00' },
      ],
      [
        { refundAmount: '3.00', outRequestNo: 'r1' },
        { code: '10000', fundChange: 'N', refundFee: '3.00' },
      ],
      [{ refundAmount: '4.00', outRequestNo: 'r1' }, { subCode: 'ACQ.DISCORDANT_REPEAT_REQUEST' }],
      [{ refundAmount: '7.01', outRequestNo: 'r2' }, { subCode: 'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL' }],
      [
        { refundAmount: 7, outRequestNo: 'r2' },
        { code: '40004', subCode: 'ACQ.TRADE_NOT_ALLOW_REFUND' },
      ],
      'a pause',
      [
        { refundAmount: 7, outRequestNo: 'r2' },
        { code: '10000', fundChange: 'Y', refundFee: '10.00' },
      ],
    ]
    for (const each of cases) {
      if (each === 'a pause') {
        await sandbox.control('POST', '/sandbox/clock', { advanceMs: 3_000 })
        continue
      }
      const [content, told] = each
      const answer = await exec('alipay.trade.refund', { outTradeNo, ...content })
      assert.deepEqual(Object.fromEntries(Object.keys(told).map((name) => [name, answer[name]])), told, JSON.stringify(content))
    }
    const known = await exec('alipay.trade.fastpay.refund.query', { outTradeNo, outRequestNo: 'r1' })
    assert.deepEqual([known['code'], known['refundAmount'], known['outRequestNo'], known['refundStatus']], ['10000', '3.00', 'r1', 'REFUND_SUCCESS'])
    const unknown = await exec('alipay.trade.fastpay.refund.query', { outTradeNo, outRequestNo: 'never' })
    assert.deepEqual([unknown['code'], unknown['refundAmount'], unknown['outRequestNo']], ['10000', undefined, undefined])
    assert.equal((await exec('alipay.trade.query', { outTradeNo }))['tradeStatus'], 'TRADE_CLOSED')

    // The partial refund says TRADE_SUCCESS again, to the payment's address; the full one of a QR code says nothing.
    const notified = await eventually(() => (notificationsOf(outTradeNo).length > 1 ? notificationsOf(outTradeNo) : undefined))
    const told = notified.map((each) => [each['trade_status'], each['out_biz_no'] ?? 'paid', each['refund_fee'] ?? ''].join(' '))
    assert.deepEqual(new Set(told), new Set(['TRADE_SUCCESS paid ', 'TRADE_SUCCESS r1 3.00']))
    assert.ok(notified.every((each) => client.checkNotifySignV2(each)))
  })

  test(`${mode} mode: cancel closes what is unpaid and pays back what is paid`, async () => {
    const offer = async (outTradeNo: string) => exec('alipay.trade.precreate', { outTradeNo, totalAmount: '1.00', subject: 'tea' })
    const unopened = await offer(`${prefix}_cancel_1`)
    assert.equal((await exec('alipay.trade.cancel', { outTradeNo: `${prefix}_cancel_1` }))['code'], '10000')
    assert.equal((await sandbox.control('POST', '/sandbox/scan', { codeUrl: unopened['qrCode'] })).status, 409)

    await sandbox.control('POST', '/sandbox/scan', { codeUrl: (await offer(`${prefix}_cancel_2`))['qrCode'] })
    assert.equal((await exec('alipay.trade.cancel', { outTradeNo: `${prefix}_cancel_2` }))['action'], 'close')
    await sandbox.control('POST', '/sandbox/pay', { codeUrl: (await offer(`${prefix}_cancel_3`))['qrCode'] })
    assert.equal((await exec('alipay.trade.cancel', { outTradeNo: `${prefix}_cancel_3` }))['action'], 'refund')
    assert.equal((await exec('alipay.trade.query', { outTradeNo: `${prefix}_cancel_3` }))['tradeStatus'], 'TRADE_CLOSED')
  })

  test(`${mode} mode: the v3 protocol`, async () => {
    const curl = async (path: string, body: object) => (await client.curl<Record<string, unknown>>('POST', path, { body })).data
    const offered = await curl('/v3/alipay/trade/precreate', { out_trade_no: `${prefix}_v3`, total_amount: '5.00', subject: '茶', notify_url: notifyUrl })
    await sandbox.control('POST', '/sandbox/pay', { codeUrl: offered['qr_code'] })
    assert.equal((await curl('/v3/alipay/trade/query', { out_trade_no: `${prefix}_v3` }))['trade_status'], 'TRADE_SUCCESS')
    assert.equal((await curl('/v3/alipay/trade/refund', { out_trade_no: `${prefix}_v3`, refund_amount: '5.00', out_request_no: 'r1' }))['fund_change'], 'Y')
    assert.equal((await curl('/v3/alipay/trade/fastpay/refund/query', { out_trade_no: `${prefix}_v3`, out_request_no: 'r1' }))['refund_amount'], '5.00')
    await assert.rejects(curl('/v3/alipay/trade/close', { out_trade_no: `${prefix}_v3` }), { code: 'TRADE_STATUS_ERROR', responseHttpStatus: 400 })
    await assert.rejects(curl('/v3/alipay/trade/query', { out_trade_no: 'never' }), { code: 'TRADE_NOT_EXIST' })
    await eventually(() => notificationsOf(`${prefix}_v3`)[0])
  })
}

test('an app that is in certificate mode names its certificates with every request, and is answered in the name of the platform’s', async () => {
  const asked = (mode: 'public-key' | 'certificate') =>
    new URL(alipayClient(sandbox.credentials, mode).pageExecute('alipay.trade.query', 'GET', { bizContent: { outTradeNo: 'none' } }))
  const answered = async (url: URL) => (await fetch(url)).text()
  const v3 = (mode: 'public-key' | 'certificate') =>
    alipayClient(sandbox.credentials, mode).curl('POST', '/v3/alipay/trade/query', { body: { out_trade_no: 'none' } })
  assert.doesNotMatch(await answered(asked('public-key')), /cert_sn/)
  assert.equal((await sandbox.control('POST', '/sandbox/keys', { alipayCertificates: true }))['alipayCertificates'], true)
  assert.match(await answered(asked('certificate')), /ACQ\.TRADE_NOT_EXIST.*,"alipay_cert_sn":"[0-9a-f]{32}","sign":"/)
  for (const [name, subCode] of [
    ['app_cert_sn', 'isv.missing-app-cert-sn'],
    ['alipay_root_cert_sn', 'isv.missing-root-cert-sn'],
  ] as const) {
    const url = asked('certificate')
    assert.match(url.searchParams.get(name) ?? '', /^[0-9a-f]{32}/)
    url.searchParams.delete(name)
    assert.ok((await answered(url)).includes(`"sub_code":"${subCode}"`))
  }
  assert.match(await answered(asked('public-key')), /isv\.missing-app-cert-sn/)
  await assert.rejects(v3('certificate'), { code: 'TRADE_NOT_EXIST' })
  await assert.rejects(v3('public-key'), { responseHttpStatus: 401 })
  await sandbox.control('POST', '/sandbox/keys', { alipayCertificates: false })
  assert.match(await answered(asked('public-key')), /ACQ\.TRADE_NOT_EXIST/)
})
