import { refundFlows } from './testing/flows/refunds.ts'
import { startPayingShop } from './testing/paying-shop.ts'

refundFlows(startPayingShop)
