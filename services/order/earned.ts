import type { Bus, OutgoingMessage } from '@suanpan/runtime/bus'
import { paired } from '@suanpan/runtime/paired'
import type { Store, Transaction } from '@suanpan/runtime/store'

/** What waits to be decided, with the messages that may follow from it: they have to stand ready before anything is locked. */
export interface Undecided<Decision> {
  readonly announced: readonly OutgoingMessage[]
  /** The one of them that this decision sends. */
  earned(decision: Decision): OutgoingMessage | undefined
}

/** Whatever is decided, nobody is told. */
export const nothingEarned: Undecided<unknown> = { announced: [], earned: () => undefined }

/** Decides a batch in one transaction, and sends what its decisions earn if it commits. `decideAll` answers one decision each, in their order. */
export function publishEarned<Decision>(
  { bus, store }: { readonly bus: Bus; readonly store: Store },
  batch: readonly Undecided<Decision>[],
  decideAll: (tx: Transaction) => Promise<readonly Decision[]>,
): Promise<readonly Decision[]> {
  const messages = batch.flatMap(({ announced }) => announced)
  return bus.publishIff(store, messages, async (tx) => {
    const result = await decideAll(tx)
    return { result, accepted: paired(batch, result).flatMap(([undecided, decision]) => undecided.earned(decision) ?? []) }
  })
}
