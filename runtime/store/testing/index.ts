export { describeOnEveryEngine, openMemoryStore, type EngineOptions } from './engines.ts'
export { startPostgres, type PostgresServer } from '../../servers/postgres.ts'
export { conformanceSchema } from './conformance/index.ts'
