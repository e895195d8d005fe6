/** What WeChat Pay's bill looks like: two payments, a refund, and a refund that failed. */
const header =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'

interface Row {
  readonly time: string
  readonly numbers: string
  readonly state: string
  /** What is to be settled, and what coupons paid of it. */
  readonly settled: string
  readonly refund: string
  readonly goods: string
  readonly fee: string
  /** Of the order, and of the refund that was asked for. */
  readonly amounts: string
}

/** Cells are parted by a comma here, and by a comma and a backtick in the file. */
function row({ time, numbers, state, settled, refund, goods, fee, amounts }: Row): string {
  const before = `${time},wx0000000000000001,1900000001,0,,${numbers},o0000000000000000000000001,NATIVE,${state},OTHERS,CNY,${settled},${refund},`
  return `\`${before.replaceAll(',', ',`')}${goods},\`,${`${fee},0.60%,${amounts},`.replaceAll(/^|,/g, (comma) => `${comma}\``)}`
}

const first = '4200000000202611250000000001,pay_01KB0000000000000000000001'
const noRefund = '0,0,0.00,0.00,,'

export const wechatBillLines: readonly string[] = [
  header,
  row({
    time: '2026-11-25 09:00:07',
    numbers: first,
    state: 'SUCCESS',
    settled: '80.88,8.00',
    refund: noRefund,
    goods: '龙井茶, 250g',
    fee: '0.48000',
    amounts: '88.88,0.00',
  }),
  row({
    time: '2026-11-25 23:59:59',
    numbers: '4200000000202611250000000002,T-1',
    state: 'SUCCESS',
    settled: '0.29,0.00',
    refund: noRefund,
    goods: '茶杯',
    fee: '0.00000',
    amounts: '0.29,0.00',
  }),
  row({
    time: '2026-11-25 12:00:00',
    numbers: first,
    state: 'REFUND',
    settled: '0.00,0.00',
    refund: '50000000002026112500000000001,ref_01KB0000000000000000000002,10.00,0.00,ORIGINAL,PROCESSING',
    goods: '龙井茶',
    fee: '-0.06000',
    amounts: '0.00,10.00',
  }),
  row({
    time: '2026-11-25 13:00:00',
    numbers: first,
    state: 'REFUND',
    settled: '0.00,0.00',
    refund: '50000000002026112500000000002,ref_01KB0000000000000000000003,5.00,0.00,ORIGINAL,FAIL',
    goods: '龙井茶',
    fee: '0.00000',
    amounts: '0.00,5.00',
  }),
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额',
  '`4,`81.17,`15.00,`0.00,`0.42000,`89.17,`15.00',
  '',
]
