export { describeOnEveryEngine, openMemoryStore, type EngineOptions } from './engines.ts'
export { startPostgres, type PostgresServer } from '../postgres/server.ts'
export { conformanceSchema } from './conformance/index.ts'
