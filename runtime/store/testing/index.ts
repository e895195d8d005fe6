export { startPostgres, type TestServer } from './postgres.ts'
