export type { Clock, Random } from './port.ts'
export { systemClock, systemRandom } from './system.ts'
export { manualClock, type ManualClock } from './manual.ts'
