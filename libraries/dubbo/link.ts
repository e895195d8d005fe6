import type { Attachments, Reply } from './call.ts'

/** A call on its way to one provider. */
export interface OutgoingCall<Request> {
  readonly request: Request
  readonly deadlineAt: number
  readonly attachments: Attachments
}

/**
 * `ready`: connected. `connecting`: not yet, and nothing is wrong so far. `down`: it could not be reached; it is tried again
 * by itself. `leaving`: it said that it goes, and takes no more calls.
 */
export type LinkState = 'ready' | 'connecting' | 'down' | 'leaving'

/** The way to one provider: one connection, which mends itself until closed. */
export interface Link<Request, Value> {
  readonly state: LinkState
  /** Never rejects; waits no longer than the deadline. */
  call(call: OutgoingCall<Request>): Promise<Reply<Value>>
  /** No more calls; those under way are waited for, up to their deadlines. */
  close(): void
}
