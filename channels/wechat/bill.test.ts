import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BillDamaged } from '../bills/totals.ts'
import { said } from '../testing/trades.ts'
import { wechatBillLines } from '../testing/wechat-bill.ts'
import { entriesOfWechatBill, fetchWechatBill } from './bill.ts'

const text = `\uFEFF${wechatBillLines.join('\r\n')}`
const tradeNo = '4200000000202611250000000001'
const entries = [
  { kind: 'payment', paymentId: 'pay_01KB0000000000000000000001', tradeNo, refundId: '', amountFen: 8_888, at: Date.UTC(2026, 10, 25, 1, 0, 7) },
  { kind: 'payment', paymentId: 'T-1', tradeNo: '4200000000202611250000000002', refundId: '', amountFen: 29, at: Date.UTC(2026, 10, 25, 15, 59, 59) },
  {
    kind: 'refund',
    paymentId: 'pay_01KB0000000000000000000001',
    tradeNo,
    refundId: 'ref_01KB0000000000000000000002',
    amountFen: 1_000,
    at: Date.UTC(2026, 10, 25, 4, 0, 0),
  },
]

test('every line of a bill is an entry, but for a refund that failed', () => {
  assert.deepEqual(entriesOfWechatBill(text), entries)
  assert.deepEqual(entriesOfWechatBill(wechatBillLines.join('\n')), entries)
})

test('a bill that does not add up, or cannot be read to its end, is damaged', () => {
  const row = wechatBillLines[2] ?? ''
  const cases: [what: string, text: string][] = [
    ['a row is missing', text.replace(`${row}\r\n`, '')],
    ['another amount', text.replace('`88.88', '`88.89')],
    ['another refund', text.replace('`0.00,`10.00,`', '`0.00,`10.01,`')],
    ['cut off before the sums', text.slice(0, text.indexOf('总交易单数'))],
    ['cut off in the sums', text.slice(0, text.indexOf('`4,'))],
    ['a short row', text.replace(row, row.split(',`').slice(0, 20).join(',`'))],
    ['no time', text.replace('2026-11-25 09:00:07', '')],
    ['an unknown state', text.replace('`SUCCESS', '`PENDING')],
    ['another file', '<html>'],
    ['nothing', ''],
  ]
  for (const [what, damaged] of cases) assert.throws(() => entriesOfWechatBill(damaged), BillDamaged, what)
})

test('a bill is fetched from the platform, and is what its hash says', async () => {
  const bytes = Buffer.from(text)
  const named = {
    hash_type: 'SHA1',
    hash_value: createHash('sha1').update(bytes).digest('hex'),
    download_url: 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc&tartype=gzip',
  }
  const asked: unknown[] = []
  const fetched = (answer: object, file: Buffer) =>
    fetchWechatBill({
      date: '2026-11-25',
      baseUrl: 'https://api.mch.weixin.qq.com/',
      maxBytes: 100_000,
      ask: async (query) => {
        asked.push(query)
        return { kind: 'ok', value: { ...named, ...answer } }
      },
      fetchFile: async (query) => {
        asked.push(query)
        return { kind: 'ok', value: file }
      },
    })
  // The hash is of what was packed, not of the packing.
  assert.deepEqual(await fetched({}, gzipSync(bytes)), { kind: 'ok', value: { state: 'made', entries } })
  assert.deepEqual(asked, [
    { bill_date: '2026-11-25', bill_type: 'ALL', tar_type: 'GZIP' },
    { token: 'abc', tartype: 'gzip' },
  ])
  assert.deepEqual(await fetched({}, bytes), { kind: 'ok', value: { state: 'made', entries } })
  const wrong = Buffer.from(text.replace('`88.88', '`88.89'))
  const cases: [what: string, answer: object, file: Buffer][] = [
    ['a changed file', {}, wrong],
    ['a changed file, packed', {}, gzipSync(wrong)],
    ['a right hash of a damaged bill', { hash_value: createHash('sha1').update(wrong).digest('hex') }, wrong],
    ['another hash', { hash_type: 'MD5' }, bytes],
    ['no hash', { hash_value: '' }, bytes],
    ['a broken packing', {}, gzipSync(bytes).subarray(0, 50)],
    [
      'no UTF-8',
      {
        hash_value: createHash('sha1')
          .update(Buffer.from([0xff]))
          .digest('hex'),
      },
      Buffer.from([0xff]),
    ],
    ['another host', { download_url: 'https://example.com/v3/billdownload/file?token=abc' }, bytes],
    ['another path', { download_url: 'https://api.mch.weixin.qq.com/v3/certificates' }, bytes],
    ['no address', { download_url: '' }, bytes],
  ]
  const bomb = Buffer.from(`${text}${'\r\n'.repeat(100_000)}`)
  assert.equal(said(await fetched({ hash_value: createHash('sha1').update(bomb).digest('hex') }, gzipSync(bomb))), 'unknown')
  for (const [what, answer, file] of cases) assert.equal(said(await fetched(answer, file)), 'unknown', what)
})
