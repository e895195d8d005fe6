/**
 * Alipay's daily bill: an archive of CSV files in GBK, behind an address that lives for 30 s. One file has the trades:
 * `#` lines, a header, a line for every payment and refund, and a footer with their numbers and sums.
 */
import type { Clock } from '@suanpan/runtime/time'
import { answerOf, ok, rejected, unknown } from '../answers.ts'
import { BillDamaged, requireTotals, rowsUnder, type BillRow } from '../bills/totals.ts'
import { download, downloadAddress, maxBillBytes, maxPackedBytes } from '../bills/download.ts'
import { unzip } from '../bills/zip.ts'
import { textOf, type Fields } from '../fields.ts'
import { beijingEpoch } from '../platform-time.ts'
import type { BillEntry, BillReport, ChannelResult } from '../port.ts'
import { fenOfYuan } from '../yuan.ts'

const billMissing = 'isp.bill_not_exist'
const billHosts = ['dwbillcenter.alipay.com']

export interface AlipayBillRequest {
  readonly date: string
  readonly call: (method: string, content: Fields) => Promise<ChannelResult<Fields>>
  readonly gateway: string
  readonly clock: Clock
  readonly timeoutMs: number
}

export async function fetchAlipayBill({ date, call, gateway, clock, timeoutMs }: AlipayBillRequest): Promise<ChannelResult<BillReport>> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return rejected('NOT_SENT', 'the date is not written as 2026-11-26')
  const answer = await call('alipay.data.dataservice.bill.downloadurl.query', { bill_type: 'trade', bill_date: date })
  if (answer.kind === 'rejected' && answer.code === billMissing) return ok({ state: 'none' })
  if (answer.kind !== 'ok') return answer
  const url = downloadAddress(textOf(answer.value, 'bill_download_url'), gateway, billHosts)
  if (url === undefined) return unknown('the bill is at an address that is not the platform’s')
  return answerOf(clock, timeoutMs * billPatience, async () => {
    const archive = await download({ url: url.href, clock, timeoutMs: timeoutMs * billPatience, maxBytes: maxPackedBytes })
    const texts = (await unzip(archive, maxBillBytes)).map((file) => gbk.decode(file))
    const trades = texts.find((text) => text.includes(`\n${firstColumn},`))
    return trades === undefined ? unknown('no file of the bill lists trades') : ok({ state: 'made', entries: entriesOfAlipayBill(trades) })
  })
}

/** A file takes longer than a call: this many times the time-out. */
const billPatience = 6

const gbk = new TextDecoder('gbk', { fatal: true })

const firstColumn = '支付宝交易号'
const nameColumn = '商品名称'

/** The entries of the file that lists trades. Throws `BillDamaged` if a line cannot be read, or the footer says otherwise. */
export function entriesOfAlipayBill(text: string): BillEntry[] {
  const lines = text.split(/\r?\n/)
  const header = lines.find((line) => line.startsWith(firstColumn))?.split(',') ?? []
  const nameAt = header.findIndex((name) => name.trim() === nameColumn)
  const written = lines.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith(firstColumn))
  const rows = rowsUnder(
    header,
    written.map((line) => cellsOf(line, header.length, nameAt)),
  )
  const lists = { 交易: rows.filter((row) => row('业务类型') === '交易'), 退款: rows.filter((row) => row('业务类型') === '退款') }
  requireTotals(
    {
      rows: lists.交易.length + lists.退款.length,
      payments: lists.交易.length,
      refunds: lists.退款.length,
      paidFen: sumOf(lists.交易),
      refundedFen: sumOf(lists.退款),
    },
    { rows: rows.length, ...footerOf(text) },
  )
  return rows.map(entryOf)
}

/** The name of the goods is the merchant's own text; commas in it are not escaped. */
function cellsOf(line: string, columns: number, nameAt: number): string[] {
  const cells = line.split(',')
  const surplus = cells.length - columns
  return surplus <= 0 || nameAt < 0
    ? cells
    : [...cells.slice(0, nameAt), cells.slice(nameAt, nameAt + surplus + 1).join(','), ...cells.slice(nameAt + surplus + 1)]
}

const receivedFen = (row: BillRow): number => amountIn(row, '商家实收（元）')
const sumOf = (rows: readonly BillRow[]): number => rows.reduce((sum, row) => sum + receivedFen(row), 0)

function footerOf(text: string) {
  const [, payments, paid = ''] = /^#交易合计：(\d+)笔，商家实收共([\d.]+)元/m.exec(text) ?? []
  const [, refunds, refunded = ''] = /^#退款合计：(\d+)笔，商家实收退款共-?([\d.]+)元/m.exec(text) ?? []
  return { payments: Number(payments), refunds: Number(refunds), paidFen: fenOfYuan(paid), refundedFen: fenOfYuan(refunded) }
}

/** Refunds are written with a minus. */
function amountIn(row: BillRow, column: string): number {
  const fen = fenOfYuan(row(column).replace(/^-/, ''))
  if (fen === undefined) throw new BillDamaged(`${column} is no amount`)
  return fen
}

function entryOf(row: BillRow): BillEntry {
  const at = beijingEpoch(row('完成时间'))
  if (at === undefined) throw new BillDamaged('完成时间 is no time')
  const isRefund = row('业务类型') === '退款'
  return {
    kind: isRefund ? 'refund' : 'payment',
    paymentId: row('商户订单号'),
    tradeNo: row(firstColumn),
    refundId: isRefund ? row('退款批次号/请求号') : '',
    amountFen: amountIn(row, '订单金额（元）'),
    at,
  }
}
