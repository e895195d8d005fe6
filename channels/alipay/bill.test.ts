import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock } from '@suanpan/runtime/time'
import { BillDamaged } from '../bills/totals.ts'
import { alipayBillLines, inGbk } from '../testing/alipay-bill.ts'
import { scriptedServer, type Scripted } from '../testing/scripted-server.ts'
import { said } from '../testing/trades.ts'
import { zipped } from '../testing/zip.ts'
import { entriesOfAlipayBill, fetchAlipayBill } from './bill.ts'

const text = alipayBillLines.join('\r\n')
const [first, second] = ['pay_01KB0000000000000000000001', 'pay_01KB0000000000000000000002']
const tradeNo = (number: number) => `202611252200140000000000000${number}`
const at = (hours: number, minutes: number, seconds: number) => Date.UTC(2026, 10, 25, hours - 8, minutes, seconds)
const entries = [
  { kind: 'payment', paymentId: first, tradeNo: tradeNo(1), refundId: '', amountFen: 8_888, at: at(9, 0, 7) },
  { kind: 'payment', paymentId: second, tradeNo: tradeNo(2), refundId: '', amountFen: 29, at: at(23, 59, 59) },
  { kind: 'payment', paymentId: 'T-1', tradeNo: tradeNo(3), refundId: '', amountFen: 100, at: at(10, 0, 1) },
  { kind: 'refund', paymentId: first, tradeNo: tradeNo(1), refundId: 'ref_01KB0000000000000000000002', amountFen: 1_000, at: at(12, 0, 0) },
]

test('every line of a bill is an entry; the amount is the order’s, whatever coupons left of it', () => {
  assert.deepEqual(entriesOfAlipayBill(text), entries)
})

test('a bill that does not add up, or cannot be read to its end, is damaged', () => {
  const row = alipayBillLines[5] ?? ''
  const cases: [what: string, text: string][] = [
    ['a row is missing', text.replace(row, '').replace('\r\n\r\n', '\r\n')],
    ['a row is there twice', text.replace(row, `${row}\r\n${row}`)],
    ['another amount', text.replace('88.88,80.88', '88.88,80.89')],
    ['cut off', text.slice(0, text.indexOf('#交易合计'))],
    ['no refund total', text.replace('#退款合计', '#')],
    ['an unknown kind', text.replace('交易,龙井茶', '充值,龙井茶')],
    ['a short row', text.replace(row, row.split(',').slice(0, 20).join(','))],
    ['no amount', text.replace('88.88,80.88', 'x,80.88')],
    ['no time', text.replace('2026-11-25 09:00:07', '')],
    ['no such column', text.replace('订单金额（元）', '金额')],
    ['another file', '#\r\n'],
  ]
  for (const [what, damaged] of cases) assert.throws(() => entriesOfAlipayBill(damaged), BillDamaged, what)
})

test('a bill is fetched, unpacked and decoded; whatever is wrong with it, the day stays unknown', async () => {
  let file: Scripted = 'cut'
  const server = await scriptedServer(() => file)
  after(server.close)
  const fetchFrom = (url: string) =>
    fetchAlipayBill({
      date: '2026-11-25',
      call: async () => ({ kind: 'ok', value: { code: '10000', bill_download_url: url } }),
      gateway: `${server.origin}/gateway.do`,
      clock: systemClock(),
      timeoutMs: 2_000,
    })
  const archive = zipped([
    { name: inGbk('业务明细(汇总).csv'), content: inGbk('#支付宝业务汇总查询\r\n') },
    { name: inGbk('业务明细.csv'), content: inGbk(text) },
  ])
  file = { status: 200, body: archive }
  assert.deepEqual(await fetchFrom(`${server.origin}/bill`), { kind: 'ok', value: { state: 'made', entries } })

  const cases: [what: string, file: Scripted][] = [
    ['no archive', { status: 200, body: text }],
    ['no list of trades', { status: 200, body: zipped([{ name: Buffer.from('a'), content: inGbk('#汇总') }]) }],
    ['UTF-8', { status: 200, body: zipped([{ name: Buffer.from('a'), content: Buffer.from(text) }]) }],
    ['not quite GBK', { status: 200, body: zipped([{ name: Buffer.from('a'), content: Buffer.concat([inGbk(`${text}#`), Buffer.from([0xff])]) }]) }],
    ['a damaged bill', { status: 200, body: zipped([{ name: Buffer.from('a'), content: inGbk(text.replace('88.88,80.88', '88.88,80.89')) }]) }],
    ['expired', { status: 403, body: archive }],
    ['cut', 'cut'],
  ]
  for (const [what, wrong] of cases) {
    file = wrong
    assert.equal(said(await fetchFrom(`${server.origin}/bill`)), 'unknown', what)
  }
  assert.equal(said(await fetchFrom('http://169.254.169.254/bill')), 'unknown')
})
