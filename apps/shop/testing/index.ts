/** What a shop has to do, however it is run: declared as tests by whoever has one. */
export { attachShop, type LiveShop } from './live-shop.ts'
export { attachPayingShop } from './paying-shop.ts'
export { importFlows } from './flows/imports.ts'
export { notificationFlows } from './flows/notifications.ts'
export { orderFlows } from './flows/orders.ts'
export { paymentFlows } from './flows/payments.ts'
export { reconciliationFlows } from './flows/reconciliation.ts'
export { refundFlows } from './flows/refunds.ts'
