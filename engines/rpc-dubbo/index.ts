export { openDubboRpc, type DubboRpc, type DubboRpcHealth, type DubboRpcOptions } from './engine.ts'
