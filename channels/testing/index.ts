export { formBody, formHeaders, ours, paidFields, signedFields, type FormFields } from './alipay-notifications.ts'
export { newKeyPair } from './keys.ts'
export { merchant, paidTransaction, paymentSealing, sealed, signedHeaders } from './wechat-notifications.ts'
