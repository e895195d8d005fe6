/** What WeChat Pay says of a trade or a refund, in answers and notifications alike. */
import { fenOf, fieldsOf, textOf, type Fields } from '../fields.ts'
import { rfc3339Epoch } from '../platform-time.ts'
import type { KnownRefund, TradeReport } from '../port.ts'

type KnownTrade = Exclude<TradeReport, { readonly state: 'not_found' }>

/** `REFUND`: paid, and then a refund was begun. `PAYERROR` and `ACCEPT` are of card readers: still to be paid. */
const stateOf: { readonly [tradeState: string]: KnownTrade['state'] } = {
  SUCCESS: 'paid',
  REFUND: 'paid',
  NOTPAY: 'unpaid',
  USERPAYING: 'unpaid',
  ACCEPT: 'unpaid',
  PAYERROR: 'unpaid',
  CLOSED: 'closed',
  REVOKED: 'closed',
}

/** Undefined: it cannot be read. The amount is `total`, what was asked for: a coupon of the platform's lowers `payer_total`. */
export function tradeOf(transaction: Fields): KnownTrade | undefined {
  const state = Object.hasOwn(stateOf, textOf(transaction, 'trade_state')) ? stateOf[textOf(transaction, 'trade_state')] : undefined
  if (state !== 'paid') return state === undefined ? undefined : { state }
  const amount = fieldsOf(transaction, 'amount')
  const amountFen = fenOf(amount, 'total')
  const paidAt = rfc3339Epoch(textOf(transaction, 'success_time'))
  const tradeNo = textOf(transaction, 'transaction_id')
  const currency = textOf(amount, 'currency') || 'CNY'
  return amountFen === undefined || paidAt === undefined || tradeNo === '' ? undefined : { state, tradeNo, amountFen, currency, paidAt }
}

/** Undefined: it cannot be read. */
export function refundOf(status: string, amountFen: number | undefined): KnownRefund | undefined {
  switch (status) {
    case 'SUCCESS':
      return amountFen === undefined ? undefined : { state: 'done', amountFen }
    case 'PROCESSING':
      return { state: 'processing' }
    case 'CLOSED':
      return { state: 'closed' }
    case 'ABNORMAL':
      return { state: 'abnormal' }
    default:
      return undefined
  }
}
