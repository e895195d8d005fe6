import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { billOfDay, billReadyAt, chinaTime, startOfDay, type BillLine } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import type { WechatContext } from './context.ts'
import { refuse, type WechatAnswer } from './responses.ts'
import { tradeType } from './wording.ts'

export interface BillQuery {
  readonly bill_date: string
  readonly bill_type?: 'ALL' | 'SUCCESS' | 'REFUND'
  readonly tar_type?: 'GZIP'
}

const keptMs = 92 * 24 * 60 * 60 * 1000

/** The bill of a day, from ten o'clock of the next. The hash is of the file before it is packed. */
export function tradeBill(context: WechatContext, query: BillQuery): WechatAnswer {
  const { ledger, bills, baseUrl } = context
  const day = startOfDay(query.bill_date)
  if (day === undefined || day + keptMs < ledger.now()) return refuse('PARAM_ERROR', '账单日期格式不正确，或超过三个月')
  if (billReadyAt(day) > ledger.now()) return refuse('STATEMENT_CREATING', '账单生成中，请次日10点后再试')
  const wanted = query.bill_type ?? 'ALL'
  const lines = billOfDay(ledger.platform, 'wechat', day).filter(({ kind }) => wanted === 'ALL' || (wanted === 'REFUND') === (kind === 'refund'))
  if (lines.length === 0) return refuse('NO_STATEMENT_EXIST', '账单文件不存在')
  const file = billFile(context, lines)
  const token = bills.offer(query.tar_type === 'GZIP' ? gzipSync(file) : file)
  const hash = createHash('sha1').update(file).digest('hex')
  return { kind: 'ok', body: { hash_type: 'SHA1', hash_value: hash, download_url: `${baseUrl()}/v3/billdownload/file?token=${token}` } }
}

const columns =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const summaryColumns = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

/** UTF-8 with a byte order mark; a backtick before every cell keeps spreadsheets from rounding numbers. */
function billFile({ keys }: WechatContext, lines: readonly BillLine[]): Buffer {
  const { mchid } = keys.file.wechat
  const row = (cells: readonly string[]) => cells.map((cell) => `\`${cell.replaceAll(/[,`\r\n]/g, ' ')}`).join(',')
  const rows = [columns, ...lines.map((line) => row(cellsOf(line, mchid))), summaryColumns, row(sumsOf(lines))]
  return Buffer.from(`\uFEFF${rows.map((text) => `${text}\r\n`).join('')}`)
}

function cellsOf(line: BillLine, mchid: string): string[] {
  const { trade, at, kind, amountFen } = line
  const { terms, tradeNo, buyerId } = trade
  const isPayment = kind === 'payment'
  const paid = isPayment ? yuanText(amountFen) : '0.00'
  const refunded = isPayment ? '0.00' : yuanText(amountFen)
  const refund = line.kind === 'refund' ? line.refund : undefined
  // What is refunded is told as it was on its day, and never corrected.
  const refundCells = [
    refund?.refundNo ?? '0',
    refund?.outRefundNo ?? '0',
    refunded,
    '0.00',
    refund === undefined ? '' : 'ORIGINAL',
    refund === undefined ? '' : 'PROCESSING',
  ]
  const who = [
    chinaTime(at),
    terms.appId,
    mchid,
    '0',
    '',
    tradeNo,
    terms.outTradeNo,
    buyerId,
    tradeType(trade),
    isPayment ? 'SUCCESS' : 'REFUND',
    'OTHERS',
    'CNY',
  ]
  return [...who, paid, '0.00', ...refundCells, terms.subject, terms.attach, '0.00000', '0.60%', isPayment ? paid : '0.00', refunded, '']
}

function sumsOf(lines: readonly BillLine[]): string[] {
  const sum = (kind: BillLine['kind']) => yuanText(lines.filter((line) => line.kind === kind).reduce((total, { amountFen }) => total + amountFen, 0))
  return [String(lines.length), sum('payment'), sum('refund'), '0.00', '0.00000', sum('payment'), sum('refund')]
}
