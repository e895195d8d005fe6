import { orderFlows } from './testing/flows/orders.ts'
import { startLiveShop } from './testing/live-shop.ts'

orderFlows(startLiveShop)
