import type { Store } from '../../../store/index.ts'
import type { Bus } from '../../port.ts'

export interface OpenedBus {
  /** A bus that waits `retryDelaysMs` between tries, not started yet; whoever opened it stops it at the end. */
  readonly bus: Bus
  /** Named `publisher`, with the conformance tables of the store in it. */
  readonly store: Store
  /** Another bus of the same process on the same messages, once the first has stopped. */
  reopen(): Promise<Bus>
}

/** Opens a new bus without messages. */
export type OpenBus = () => Promise<OpenedBus>

export const retryDelaysMs = [10, 20, 40]
export const tries = retryDelaysMs.length + 1
