import { chinaTime, type Trade } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import { escaped, page, type Brand } from './layout.ts'

export interface CashierPage {
  readonly title: string
  readonly brand: Brand
  readonly trade: Trade
  /** Where the buttons post to. */
  readonly action: string
  /** Goes along with the post. */
  readonly fields: Readonly<Record<string, string>>
  readonly canPay: boolean
  /** The buyer has just tried, and failed. */
  readonly hasFailed: boolean
  /** Where the shop wants the buyer to go on to; empty: the shop has not said. */
  readonly returnUrl: string
}

/** The page on which a buyer pays, sees that it is paid, or why it cannot be. */
export function cashierPage(content: CashierPage): string {
  const { title, brand, trade } = content
  const { terms, tradeNo } = trade
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['Order number', terms.outTradeNo],
    ['Platform number', tradeNo],
    ['Payable until', `${chinaTime(trade.expiresAt)} (China)`],
  ]
  const body = `<div class="card phone">
<div>${escaped(terms.subject)}</div>
<div class="amount"><small>¥</small>${yuanText(terms.amountFen)}</div>
${stateOf(content)}
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
</div>`
  return page({ title, brand, body })
}

function stateOf({ trade, action, fields, canPay, hasFailed, returnUrl }: CashierPage): string {
  const back = returnUrl === '' ? `<p><a href="/">To the sandbox's front page</a></p>` : `<p><a href="${escaped(returnUrl)}">Back to the shop</a></p>`
  if (canPay) {
    const hidden = Object.entries(fields)
      .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
      .join('')
    const button = (outcome: string, label: string, kind: string) =>
      `<form method="post" action="${escaped(action)}">${hidden}<button class="${kind}" name="outcome" value="${outcome}">${label}</button></form>`
    const failed = hasFailed ? '<p class="notice">That payment failed. The shop is not told; it can be tried again.</p>' : ''
    return `${failed}${button('success', '确认付款 · Pay', 'pay')}${button('fail', '余额不足 · Fail to pay', 'fail')}`
  }
  if (trade.paidAt > 0) {
    const refunded = trade.refundedFen > 0 ? `<p>Refunded: ¥${yuanText(trade.refundedFen)}</p>` : ''
    return `<p class="notice"><strong>已支付 · Paid</strong> at ${chinaTime(trade.paidAt)}. The shop has been notified.</p>${refunded}${back}`
  }
  return `<p class="notice"><strong>已关闭 · Closed.</strong> This order can no longer be paid.</p>${back}`
}
