import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alipayClient, eventually, startMerchant, startTestSandbox } from './testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()

const exec = (method: string, bizContent: object, more: object = {}) =>
  alipayClient(sandbox.credentials).exec(method, { bizContent, ...more }, { validateSign: true })

test('a QR code from precreate to paid, told to the merchant with a signature its SDK accepts', async () => {
  const order = { outTradeNo: 'qr_0001', totalAmount: '12.30', subject: '龙井茶 250g' }
  const offered = await exec('alipay.trade.precreate', order, { notifyUrl: `${merchant.url}/alipay` })
  assert.equal(offered.code, '10000')
  const missing = await exec('alipay.trade.query', { outTradeNo: 'qr_0001' })
  assert.deepEqual([missing.code, missing['subCode']], ['40004', 'ACQ.TRADE_NOT_EXIST'])

  const scanned = await sandbox.control('POST', '/sandbox/scan', { codeUrl: offered['qrCode'] as string })
  assert.deepEqual([scanned.status, scanned['state'], scanned['amountFen']], [200, 'waiting', 1230])
  assert.equal((await exec('alipay.trade.query', { outTradeNo: 'qr_0001' }))['tradeStatus'], 'WAIT_BUYER_PAY')

  const paid = await sandbox.control('POST', '/sandbox/pay', { outTradeNo: 'qr_0001' })
  assert.deepEqual([paid.status, paid['outcome']], [200, 'paid'])
  const { body } = await eventually(() => merchant.received.find(({ body: sent }) => sent.includes('qr_0001')))
  const notified = Object.fromEntries(new URLSearchParams(body))
  assert.equal(alipayClient(sandbox.credentials).checkNotifySignV2(notified), true)
  assert.deepEqual([notified['trade_status'], notified['total_amount']], ['TRADE_SUCCESS', '12.30'])
  const queried = await exec('alipay.trade.query', { outTradeNo: 'qr_0001' })
  assert.deepEqual([queried['tradeStatus'], queried['totalAmount']], ['TRADE_SUCCESS', '12.30'])
  const refunded = await exec('alipay.trade.refund', { outTradeNo: 'qr_0001', refundAmount: '2.30', outRequestNo: 'r1' })
  assert.equal(refunded['fundChange'], 'Y')
})
