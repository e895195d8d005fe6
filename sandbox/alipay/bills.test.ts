import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { alipayClient, startTestSandbox } from '../testing.ts'

const sandbox = await startTestSandbox()
const client = alipayClient(sandbox.credentials)
const dayMs = 24 * 60 * 60_000

const bill = async (billDate: string): Promise<Record<string, unknown>> =>
  client.exec('alipay.data.dataservice.bill.downloadurl.query', { bizContent: { billType: 'trade', billDate } }, { validateSign: true })

/** The entries of a ZIP by its own directory, names and contents read as GBK. */
function unzip(file: Buffer): Map<string, string> {
  const gbk = new TextDecoder('gbk', { fatal: true })
  const entries = new Map<string, string>()
  const count = file.readUInt16LE(file.length - 12)
  let at = file.readUInt32LE(file.length - 6)
  for (let entry = 0; entry < count; entry++) {
    const nameLength = file.readUInt16LE(at + 28)
    const local = file.readUInt32LE(at + 42)
    const packed = file.subarray(local + 30 + nameLength, local + 30 + nameLength + file.readUInt32LE(at + 20))
    entries.set(gbk.decode(file.subarray(at + 46, at + 46 + nameLength)), gbk.decode(inflateRawSync(packed)))
    at += 46 + nameLength
  }
  return entries
}

async function pay(outTradeNo: string, totalAmount: string): Promise<void> {
  const offered = await client.exec('alipay.trade.precreate', { bizContent: { outTradeNo, totalAmount, subject: '龙井茶, 250g' } }, { validateSign: true })
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { codeUrl: offered['qrCode'] as string })).status, 200)
}

test('the bill of a day: there from ten o’clock of the next, for thirty seconds a link, in GBK', async () => {
  await pay('bill_1', '12.30')
  await pay('bill_2', '7.70')
  const refund = { bizContent: { outTradeNo: 'bill_1', refundAmount: '2.30', outRequestNo: 'refund_1' } }
  assert.equal((await client.exec('alipay.trade.refund', refund, { validateSign: true }))['fundChange'], 'Y')
  const { now } = await sandbox.control<{ now: number }>('GET', '/sandbox/clock')
  const today = new Date(now + 8 * 60 * 60_000).toISOString().slice(0, 10)

  assert.equal((await bill(today))['subCode'], 'isp.bill_not_exist')
  const tenTomorrow = Date.parse(`${today}T10:00:00+08:00`) + dayMs
  await sandbox.control('POST', '/sandbox/clock', { advanceMs: Math.max(0, tenTomorrow - now) })
  const url = (await bill(today))['billDownloadUrl'] as string
  const response = await fetch(url)
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/zip'])
  const entries = unzip(Buffer.from(await response.arrayBuffer()))
  const [name = '', detail = ''] = [...entries.keys()].filter((each) => !each.includes('汇总')).flatMap((each) => [each, entries.get(each) ?? ''])
  assert.match(name, /^2088\d{12}0156_\d{8}_业务明细\.csv$/)
  const lines = detail.split('\r\n')
  const header = lines.findIndex((line) => line.startsWith('支付宝交易号,'))
  assert.equal(lines[header]?.split(',').length, 25)
  const rows = lines.slice(header + 1, header + 4).map((line) => line.split(','))
  assert.ok(rows.every((cells) => cells.length === 25))
  assert.deepEqual(
    rows.map((cells) => [1, 2, 3, 11, 21].map((column) => cells[column])),
    [
      ['bill_1\t', '交易', '龙井茶  250g\t', '12.30', '\t'],
      ['bill_2\t', '交易', '龙井茶  250g\t', '7.70', '\t'],
      ['bill_1\t', '退款', '龙井茶  250g\t', '-2.30', 'refund_1\t'],
    ],
  )
  assert.match(detail, /#交易合计：2笔，商家实收共20\.00元/)
  assert.match(detail, /#退款合计：1笔，商家实收退款共-2\.30元/)
  assert.equal(entries.size, 2)

  await sandbox.control('POST', '/sandbox/clock', { advanceMs: 30_000 })
  assert.equal((await fetch(url)).status, 403)
  assert.equal((await bill('2020-01-01'))['subCode'], 'isp.bill_not_exist')
  assert.equal((await bill('no date'))['subCode'], 'isp.bill_not_exist')
})
