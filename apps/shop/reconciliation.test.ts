import { reconciliationFlows } from './testing/flows/reconciliation.ts'
import { startPayingShop } from './testing/paying-shop.ts'

reconciliationFlows(startPayingShop)
