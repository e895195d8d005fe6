import type { CallContext } from '../port.ts'

/** With which a test calls an implementation without an rpc. */
export const directCall: CallContext = { deadlineAt: 0, traceparent: undefined }
