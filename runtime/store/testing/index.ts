export { describeOnEveryEngine, openMemoryStore, type EngineOptions } from './engines.ts'
export { conformanceSchema } from './conformance/index.ts'
