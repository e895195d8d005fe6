export { createPaymentService, paymentSchema, type PaymentService, type PaymentServiceOptions } from './service.ts'
