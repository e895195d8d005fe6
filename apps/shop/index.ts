export { startShop, type RunningShop } from './shop.ts'
