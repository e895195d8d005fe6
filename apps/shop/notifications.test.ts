import { notificationFlows } from './testing/flows/notifications.ts'
import { startPayingShop } from './testing/paying-shop.ts'

notificationFlows(startPayingShop)
