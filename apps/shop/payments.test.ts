import { paymentFlows } from './testing/flows/payments.ts'
import { startPayingShop } from './testing/paying-shop.ts'

paymentFlows(startPayingShop)
