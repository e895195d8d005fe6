import { encodeGbk } from '../files/gbk.ts'
import { zipOf } from '../files/zip.ts'
import { billOfDay, billReadyAt, chinaTime, endOfDay, startOfDay, type BillLine } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import type { AlipayContext, BillRequest } from './context.ts'

/** The address of a bill, for half a minute; undefined before ten o'clock of the next day, and for days without trade. */
export function billDownload(context: AlipayContext, request: BillRequest): string | undefined {
  const { ledger, bills, baseUrl } = context
  const days = daysOf(request.date)
  const last = days.at(-1)
  if (last === undefined || billReadyAt(last) > ledger.now()) return undefined
  if (days.every((day) => billOfDay(ledger.platform, 'alipay', day).length === 0)) return undefined
  return `${baseUrl()}/alipay/bill/${bills.offer(request)}.zip`
}

/** The first moment of a day, or of each day of a month; none for what is no date. */
function daysOf(date: string): number[] {
  const first = startOfDay(date.length === 7 ? `${date}-01` : date)
  if (first === undefined) return []
  if (date.length !== 7) return [first]
  const days = [first]
  for (let day = endOfDay(first); chinaTime(day).startsWith(date); day = endOfDay(day)) days.push(day)
  return days
}

const divider = (title: string) => `#-----------------------------------------${title}----------------------------------------`

const columns =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注'

/** A ZIP of two files in GBK: every line, and the sums. */
export function billFile({ ledger, keys }: AlipayContext, { date }: BillRequest): Buffer {
  const days = daysOf(date)
  const lines = days.flatMap((day) => billOfDay(ledger.platform, 'alipay', day))
  const [first = 0, last = first] = [days[0], days.at(-1)]
  const { sellerId } = keys.file.alipay
  const name = `${sellerId}0156_${date.replaceAll('-', '')}`
  const preface = (title: string) => [
    `#支付宝业务${title}查询`,
    `#账号：[${sellerId}0156]`,
    `#起始日期：[${written(first)}]   终止日期：[${written(endOfDay(last))}]`,
  ]
  const detail = [
    ...preface('明细'),
    divider('业务明细列表'),
    columns,
    ...lines.map(cellsOf),
    divider('业务明细列表结束'),
    ...totals(lines),
    `#导出时间：[${written(ledger.now())}]`,
  ]
  const summary = [...preface('汇总'), divider('业务汇总列表'), '交易订单总笔数,退款订单总笔数,订单金额（元）', sumsOf(lines), divider('业务汇总列表结束')]
  return zipOf([
    { name: encodeGbk(`${name}_业务明细.csv`), content: fileOf(detail) },
    { name: encodeGbk(`${name}_业务明细(汇总).csv`), content: fileOf(summary) },
  ])
}

const fileOf = (lines: readonly string[]) => encodeGbk(lines.map((line) => `${line}\r\n`).join(''))

const written = (at: number) => {
  const [date = '', time = ''] = chinaTime(at).split(' ')
  return `${date.slice(0, 4)}年${date.slice(5, 7)}月${date.slice(8)}日 ${time}`
}

/** Numbers and names end in a tab, so that spreadsheets leave them as they are. */
function cellsOf(line: BillLine): string {
  const { trade, at, kind, amountFen } = line
  const { terms, tradeNo, createdAt } = trade
  const amount = yuanText(kind === 'payment' ? amountFen : -amountFen)
  const text = (value: string) => `${value.replaceAll(/[,\r\n\t]/g, ' ')}\t`
  const refundNo = line.kind === 'refund' ? line.refund.outRefundNo : ''
  const who = [text(tradeNo), text(terms.outTradeNo), kind === 'payment' ? '交易' : '退款', text(terms.subject), chinaTime(createdAt), chinaTime(at)]
  const place = ['', '', '', '', text('沙箱买家(buy***@sandbox.example)')]
  const money = [amount, amount, '0.00', '0.00', '0.00', '0.00', '0.00', '', '0.00', '0.00']
  return [...who, ...place, ...money, text(refundNo), '0.00', '0.00', ''].join(',')
}

function totals(lines: readonly BillLine[]): string[] {
  const payments = lines.filter(({ kind }) => kind === 'payment')
  const refunds = lines.filter(({ kind }) => kind === 'refund')
  return [
    `#交易合计：${payments.length}笔，商家实收共${yuanText(sumFen(payments))}元，商家优惠共0.00元`,
    `#退款合计：${refunds.length}笔，商家实收退款共${yuanText(-sumFen(refunds))}元，商家优惠退款共0.00元`,
  ]
}

function sumsOf(lines: readonly BillLine[]): string {
  const payments = lines.filter(({ kind }) => kind === 'payment')
  const refunds = lines.filter(({ kind }) => kind === 'refund')
  return `${payments.length},${refunds.length},${yuanText(sumFen(payments) - sumFen(refunds))}`
}

const sumFen = (lines: readonly BillLine[]) => lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
