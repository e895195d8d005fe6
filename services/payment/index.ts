export { usualPauses, type Pauses } from './pauses.ts'
export { createPaymentService, paymentSchema, type PaymentService, type PaymentServiceOptions } from './service.ts'
