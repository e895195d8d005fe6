import { importFlows } from './testing/flows/imports.ts'
import { startLiveShop } from './testing/live-shop.ts'

importFlows(startLiveShop)
