export type { CallContext, CallOptions, Client, Codec, Implementation, MethodDefinition, Reply, Rpc, ServiceDefinition } from './port.ts'
export { batchedCall, type BatchedCallOptions } from './batched.ts'
export { withFaults, type CallFate, type FaultsOptions } from './faults.ts'
export { inProcessRpc } from './in-process.ts'
export { threadRpc } from './thread.ts'
/** What engines are made of. */
export { createClient, type Send } from './client.ts'
export { createDispatcher, methodName, type DispatcherOptions, type WireCall, type WireReply } from './dispatch.ts'
