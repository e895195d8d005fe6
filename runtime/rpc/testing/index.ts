export { rpcConformance, type OpenedRpc } from './conformance.ts'
export { directCall } from './direct-call.ts'
export { echo, maxCalls } from './echo.ts'
