export { runSeed, type SeedReport } from './run.ts'
export { simMain } from './main.ts'
