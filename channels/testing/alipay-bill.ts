/** What Alipay's bill looks like: two trades of the shop, one of somebody else's app on the same account, one refund. */
const header =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注'

const rest = '\t,,\t,\t,*春(188***@example.com)'
const zeros = '0.00,0.00,0.00,0.00,0.00,,0.00,0.00'

export const alipayBillLines: readonly string[] = [
  '#支付宝业务明细查询',
  '#账号：[20880000000000010156]',
  '#起始日期：[2026年11月25日 00:00:00]   终止日期：[2026年11月26日 00:00:00]',
  '#-----------------------------------------业务明细列表----------------------------------------',
  header,
  `2026112522001400000000000001\t,pay_01KB0000000000000000000001\t,交易,龙井茶 250g,2026-11-25 09:00:00,2026-11-25 09:00:07,${rest},88.88,80.88,${zeros},\t,-0.53,0.00,`,
  `2026112522001400000000000002\t,pay_01KB0000000000000000000002\t,交易,茶杯,2026-11-25 23:59:58,2026-11-25 23:59:59,${rest},0.29,0.29,${zeros},\t,0.00,0.00,`,
  `2026112522001400000000000003\t,T-1\t,交易,杯,碟,勺,2026-11-25 10:00:00,2026-11-25 10:00:01,${rest},1.00,1.00,${zeros},\t,0.00,0.00,`,
  `2026112522001400000000000001\t,pay_01KB0000000000000000000001\t,退款,龙井茶 250g,2026-11-25 09:00:00,2026-11-25 12:00:00,${rest},-10.00,-10.00,${zeros},ref_01KB0000000000000000000002\t,0.00,0.00,少发`,
  '#-----------------------------------------业务明细列表结束------------------------------------',
  '#交易合计：3笔，商家实收共82.17元，商家优惠共0.00元',
  '#退款合计：1笔，商家实收退款共-10.00元，商家优惠退款共0.00元',
  '#导出时间：[2026年11月26日 06:27:10]',
  '',
]

let gbkBytes: Map<string, number> | undefined

/** Text in GBK. Node can only read it; a table made by reading every pair of bytes writes it. */
export function inGbk(text: string): Buffer {
  if (gbkBytes === undefined) {
    gbkBytes = new Map()
    const gbk = new TextDecoder('gbk')
    for (let code = 0x81_40; code <= 0xfe_fe; code++) {
      const character = gbk.decode(Uint8Array.from([code >> 8, code & 0xff]))
      if (character.length === 1 && !gbkBytes.has(character)) gbkBytes.set(character, code)
    }
  }
  const bytes = [...text.matchAll(/./gsu)].flatMap(([character]) => {
    const code = character < '\x80' ? character.charCodeAt(0) : gbkBytes?.get(character)
    if (code === undefined) throw new Error(`${character} is not in GBK`)
    return code < 0x80 ? [code] : [code >> 8, code & 0xff]
  })
  return Buffer.from(bytes)
}
