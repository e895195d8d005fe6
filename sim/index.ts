export { runSeed, type SeedReport } from './run.ts'
