/**
 * WeChat Pay's daily bill: UTF-8 text, its data cells behind a backtick each, two lines of sums at its end. The file is
 * not signed; the signed answer that names it says its hash.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ok, rejected, unknown } from '../answers.ts'
import { downloadAddress } from '../bills/download.ts'
import { BillDamaged, requireTotals, rowsUnder, type BillRow } from '../bills/totals.ts'
import { decodeUtf8, textOf, type Fields } from '../fields.ts'
import { beijingEpoch } from '../platform-time.ts'
import type { BillEntry, BillReport, ChannelResult } from '../port.ts'
import { fenOfYuan } from '../yuan.ts'

const unpacked = promisify(gunzip)

/** No trades that day; not made yet. */
const billMissing = new Set(['NO_STATEMENT_EXIST', 'STATEMENT_CREATING'])
const billHosts = ['api.mch.weixin.qq.com', 'api2.mch.weixin.qq.com']
const filePath = '/v3/billdownload/file'

export interface WechatBillRequest {
  readonly date: string
  readonly baseUrl: string
  /** Of the bill when it is unpacked. */
  readonly maxBytes: number
  /** A verified answer to a GET of the query. */
  readonly ask: (query: Readonly<Record<string, string>>) => Promise<ChannelResult<Fields>>
  /** The bytes behind a signed GET of the bill file with this query. */
  readonly fetchFile: (query: Readonly<Record<string, string>>) => Promise<ChannelResult<Buffer>>
}

export async function fetchWechatBill({ date, baseUrl, maxBytes, ask, fetchFile }: WechatBillRequest): Promise<ChannelResult<BillReport>> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return rejected('NOT_SENT', 'the date is not written as 2026-11-26')
  const answer = await ask({ bill_date: date, bill_type: 'ALL', tar_type: 'GZIP' })
  if (answer.kind === 'rejected' && billMissing.has(answer.code)) return ok({ state: 'none' })
  if (answer.kind !== 'ok') return answer
  const url = downloadAddress(textOf(answer.value, 'download_url'), baseUrl, billHosts)
  if (url === undefined || !url.pathname.endsWith(filePath)) return unknown('the bill is at an address that is not the platform’s')
  const file = await fetchFile(Object.fromEntries(url.searchParams))
  if (file.kind !== 'ok') return file
  try {
    const bytes = isGzip(file.value) ? await unpacked(file.value, { maxOutputLength: maxBytes }) : file.value
    const hash = createHash('sha1').update(bytes).digest('hex')
    if (textOf(answer.value, 'hash_type') !== 'SHA1' || textOf(answer.value, 'hash_value').toLowerCase() !== hash)
      return unknown('the bill has not the hash that it should have')
    const text = decodeUtf8(bytes)
    return text === undefined ? unknown('the bill is not UTF-8') : ok({ state: 'made', entries: entriesOfWechatBill(text) })
  } catch (error) {
    return unknown(error instanceof BillDamaged ? error.message : 'the bill cannot be unpacked')
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** The entries of a bill. Throws `BillDamaged` if a line cannot be read, or the sums say otherwise. */
export function entriesOfWechatBill(text: string): BillEntry[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
  const summaryAt = lines.findIndex((line) => line.startsWith('总交易单数'))
  const [header = '', ...data] = lines.slice(0, Math.max(0, summaryAt))
  const rows = rowsUnder(header.split(','), data.map(cellsOf))
  const [summary] = rowsUnder((lines[summaryAt] ?? '').split(','), lines.slice(summaryAt + 1, summaryAt + 2).map(cellsOf))
  if (summary === undefined) throw new BillDamaged('there is no summary')
  const sumOf = (column: string) => rows.reduce((sum, row) => sum + amountIn(row, column), 0)
  requireTotals(
    { rows: rows.length, orderedFen: sumOf('订单金额'), refundedFen: sumOf('申请退款金额') },
    { rows: Number(summary('总交易单数')), orderedFen: amountIn(summary, '订单总金额'), refundedFen: amountIn(summary, '申请退款总金额') },
  )
  return rows.flatMap(entriesOfRow)
}

function cellsOf(line: string): string[] {
  return line.replace(/^`/, '').split(',`')
}

function amountIn(row: BillRow, column: string): number {
  const fen = fenOfYuan(row(column))
  if (fen === undefined) throw new BillDamaged(`${column} is no amount`)
  return fen
}

/** A refund that failed moved nothing. A refund stands on the day it was asked for, whether or not it is through. */
function entriesOfRow(row: BillRow): BillEntry[] {
  const at = beijingEpoch(row('交易时间'))
  if (at === undefined) throw new BillDamaged('交易时间 is no time')
  const entry = { paymentId: row('商户订单号'), tradeNo: row('微信订单号'), at }
  const state = row('交易状态')
  if (state === 'SUCCESS') return [{ kind: 'payment', ...entry, refundId: '', amountFen: amountIn(row, '订单金额') }]
  if (state !== 'REFUND' && state !== 'REVOKED') throw new BillDamaged('交易状态 is none that is known')
  if (row('退款状态') === 'FAIL') return []
  return [{ kind: 'refund', ...entry, refundId: row('商户退款单号'), amountFen: amountIn(row, '申请退款金额') }]
}
