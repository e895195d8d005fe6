/** What a shop has to do, however it is run: declared as tests by whoever has one. */
export { attachShop, type LiveShop } from './live-shop.ts'
export { attachPayingShop } from './paying-shop.ts'
export { importFlows } from './flows/imports.ts'
export { notificationFlows } from './flows/notifications.ts'
export { orderFlows } from './flows/orders.ts'
export { paymentFlows } from './flows/payments.ts'
export { reconciliationFlows } from './flows/reconciliation.ts'
export { refundFlows } from './flows/refunds.ts'

/** How a shop is loaded while it is mistreated, and what has to be true afterwards. */
export { assertAudit, assertBooks } from './books.ts'
export { eventually } from './eventually.ts'
export { prepareOrders, type RequestOf } from './order-mix.ts'
export { assertPromisesKept, noteAnswer, replay, untilDecided, type Attempts } from './order-promises.ts'
export { askForRefund, importPayers, openPayers, type BegunPayment } from './payers.ts'
export { assertAcknowledgedTakesEffect, assertMoneySettles, assertRefundsAreTheSame, type PaymentHistory } from './payment-effects.ts'
export { callPlatforms, type Platforms } from './platforms.ts'
export { callShop, Refused, type ShopCalls } from './shop-calls.ts'
