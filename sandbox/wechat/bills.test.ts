import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Formatter, Hash, type Wechatpay } from 'wechatpay-axios-plugin'
import { startTestSandbox, wechatClient } from '../testing.ts'

const sandbox = await startTestSandbox()
const { mchid, appId } = sandbox.credentials.wechat
const client = wechatClient(sandbox.credentials)
const dayMs = 24 * 60 * 60_000

interface Bill {
  readonly hash_type: string
  readonly hash_value: string
  readonly download_url: string
}

const bill = async (params: object): Promise<Bill> => (await client.chain('v3/bill/tradebill').get<Bill>({ params })).data
const download = (by: Wechatpay, url: string) =>
  by.chain('v3/billdownload/file').get<Buffer>({ params: { token: new URL(url).searchParams.get('token') }, responseType: 'arraybuffer' })
const refusal = (code: string) => (error: unknown) => (error as { response: { data: { code: string } } }).response.data.code === code

async function pay(outTradeNo: string, total: number): Promise<void> {
  const order = { mchid, appid: appId, description: '茶, `and` more', out_trade_no: outTradeNo, notify_url: 'http://127.0.0.1:1/', amount: { total } }
  await client.chain('v3/pay/transactions/native').post(order)
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { outTradeNo })).status, 200)
}

test('the bill of a day: there from ten o’clock of the next, plain or packed, by its hash', async () => {
  await pay('bill_0001', 1_230)
  await pay('bill_0002', 770)
  const amount = { refund: 230, total: 1_230, currency: 'CNY' }
  await client.chain('v3/refund/domestic/refunds').post({ out_trade_no: 'bill_0001', out_refund_no: 'refund_1', amount })
  const { now } = await sandbox.control<{ now: number }>('GET', '/sandbox/clock')
  const today = new Date(now + 8 * 60 * 60_000).toISOString().slice(0, 10)

  await assert.rejects(bill({ bill_date: today }), refusal('STATEMENT_CREATING'))
  await sandbox.control('POST', '/sandbox/clock', { advanceMs: Date.parse(`${today}T10:00:00+08:00`) + dayMs - now })
  const plain = await bill({ bill_date: today, bill_type: 'ALL' })
  const { data: file } = await download(client, plain.download_url)
  assert.deepEqual([plain.hash_type, plain.hash_value], ['SHA1', Hash.sha1(file)])
  const { rows, summary } = Formatter.castCsvBill(file) as { rows: Record<string, string>[]; summary: Record<string, string> }
  assert.deepEqual(
    rows.map((row) => ['商户订单号', '交易状态', '订单金额', '应结订单金额', '商户退款单号', '申请退款金额', '商品名称'].map((column) => row[column])),
    [
      ['bill_0001', 'SUCCESS', '12.30', '12.30', '0', '0.00', '茶   and  more'],
      ['bill_0002', 'SUCCESS', '7.70', '7.70', '0', '0.00', '茶   and  more'],
      ['bill_0001', 'REFUND', '0.00', '0.00', 'refund_1', '2.30', '茶   and  more'],
    ],
  )
  assert.deepEqual([summary['总交易单数'], summary['订单总金额'], summary['退款总金额']], ['3', '20.00', '2.30'])

  const packed = await bill({ bill_date: today, tar_type: 'GZIP' })
  const { data: gzip } = await download(client, packed.download_url)
  assert.deepEqual(gunzipSync(gzip), file)
  assert.equal(packed.hash_value, plain.hash_value)
  const refunds = (await download(client, (await bill({ bill_date: today, bill_type: 'REFUND' })).download_url)).data
  assert.equal((Formatter.castCsvBill(refunds) as { rows: unknown[] }).rows.length, 1)

  assert.equal((await fetch(plain.download_url)).status, 401, 'the file is fetched with a signed request')
  await sandbox.control('POST', '/sandbox/clock', { advanceMs: 5 * 60_000 })
  await assert.rejects(download(client, plain.download_url))
  await assert.rejects(bill({ bill_date: new Date(now - 2 * dayMs).toISOString().slice(0, 10) }), refusal('NO_STATEMENT_EXIST'))
  await assert.rejects(bill({ bill_date: '2020-01-01' }), refusal('PARAM_ERROR'))
})
