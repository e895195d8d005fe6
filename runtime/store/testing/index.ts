export { describeOnEveryEngine, openMemoryStore } from './engines.ts'
export { usePostgres, type EngineOptions } from './postgres.ts'
export { conformanceSchema } from './conformance/index.ts'
