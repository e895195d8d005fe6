/** An error that the platform answers: its class, the exact reason, and words for people. */
export interface Refusal {
  readonly kind: 'refused'
  readonly code: keyof typeof classes
  readonly subCode: string
  readonly subMessage: string
  /** What stands beside the reason nevertheless. */
  readonly fields?: Readonly<Record<string, string>>
}

/** What each class of answer is called. */
export const classes = {
  '10000': 'Success',
  '10003': 'order success pay inprocess',
  '20000': 'Service Currently Unavailable',
  '40001': 'Missing Required Arguments',
  '40002': 'Invalid Arguments',
  '40004': 'Business Failed',
  '40005': 'Call Limited',
  '40006': 'Insufficient Permissions',
} as const

/** The reasons a business call fails for, in the platform's own words. */
const reasons = {
  'ACQ.TRADE_NOT_EXIST': '交易不存在',
  'ACQ.TRADE_HAS_SUCCESS': '交易已被支付',
  'ACQ.TRADE_HAS_CLOSE': '交易已经关闭',
  'ACQ.TRADE_HAS_FINISHED': '交易已经完结',
  'ACQ.TRADE_STATUS_ERROR': '交易状态不合法',
  'ACQ.CONTEXT_INCONSISTENT': '交易信息被篡改',
  'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL': '退款金额超限',
  // What is answered to a refund too soon after another is not published: the worst that it can be, a no like any other.
  'ACQ.TRADE_NOT_ALLOW_REFUND': '当前交易不允许退款',
  'ACQ.DISCORDANT_REPEAT_REQUEST': '请求信息不一致',
  'ACQ.SELLER_BALANCE_NOT_ENOUGH': '商户的支付宝账户中无足够的资金进行撤销',
  'isp.bill_not_exist': '账单不存在',
} as const

export function refusedFor(subCode: keyof typeof reasons): Refusal {
  return { kind: 'refused', code: '40004', subCode, subMessage: reasons[subCode] }
}

export function invalidParameter(what: string): Refusal {
  return { kind: 'refused', code: '40004', subCode: 'ACQ.INVALID_PARAMETER', subMessage: `参数无效：${what}` }
}

/** Faults that are no business refusal: the class that the platform answers them in, under its own name of the reason. */
const classOfFault: { readonly [errorCode: string]: Pick<Refusal, 'code' | 'subCode'> } = {
  SYSTEM_ERROR: { code: '20000', subCode: 'ACQ.SYSTEM_ERROR' },
  'ACQ.SYSTEM_ERROR': { code: '20000', subCode: 'ACQ.SYSTEM_ERROR' },
  'aop.ACQ.SYSTEM_ERROR': { code: '20000', subCode: 'aop.ACQ.SYSTEM_ERROR' },
  IN_PROGRESS: { code: '10003', subCode: 'ACQ.IN_PROGRESS' },
  FREQUENCY_LIMITED: { code: '40005', subCode: 'isv.app-call-limited' },
  'isv.app-call-limited': { code: '40005', subCode: 'isv.app-call-limited' },
  'isv.method-call-limited': { code: '40005', subCode: 'isv.method-call-limited' },
}

/** What a fault wants to be answered, whether the platform has such a code or not. */
export function refusedByFault(errorCode: string): Refusal {
  const { code, subCode } = classOfFault[errorCode] ?? { code: '40004', subCode: errorCode.includes('.') ? errorCode : `ACQ.${errorCode}` }
  return { kind: 'refused', code, subCode, subMessage: '系统错误' }
}
