export { usualPauses, type Pauses } from './pauses.ts'
export type { Attention } from './attention.ts'
export { createPaymentService, paymentSchema, type PaymentService, type PaymentServiceOptions } from './service.ts'
