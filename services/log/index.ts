export { createLogService, logSchema, type LogService, type LogServiceOptions } from './service.ts'
