export { describeOnEveryEngine, openMemoryStore, type EngineOptions } from './engines.ts'
export { startPostgres, type TestServer } from './postgres.ts'
export { conformanceSchema } from './conformance/index.ts'
