export type { Clock, Random } from './port.ts'
export { systemClock, systemRandom } from './system.ts'
export { repeat, type Repetition, type RepetitionOptions } from './repeat.ts'
export { manualClock, type ManualClock } from './manual.ts'
