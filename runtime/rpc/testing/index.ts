export { rpcConformance, type OpenedRpc } from './conformance.ts'
export { echo, maxCalls } from './echo.ts'
