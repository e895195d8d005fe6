export type { Answer, Target } from './connection.ts'
export { startLoad, type LoadPlan, type LoadProgress, type LoadResult, type LoadRun } from './drive.ts'
export { createHistogram, type Histogram } from './histogram.ts'
export { createOrderRequests, type OrderMix, type OrderRequests } from './orders.ts'
