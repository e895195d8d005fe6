import type { Half } from '@suanpan/rocketmq'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import type { Announced } from './announcing.ts'

export interface Routing {
  /** Half messages that this transaction commits: all that they carry is accepted, and new. */
  readonly committed: readonly (Announced & { readonly half: Half })[]
  /** Those that it does not. */
  readonly dropped: readonly Announced[]
  /** What is accepted, new, and carried by no half message that is committed: it goes by the outbox. */
  readonly relayed: readonly OutgoingMessage[]
  /** All that is accepted and new. */
  readonly fresh: readonly OutgoingMessage[]
}

/**
 * Decides by which way each accepted message goes. A half message is delivered whole or not at all: one with a member
 * that was refused, that was published before, or that a checker has barred, is dropped, and the others of it are relayed.
 */
export function routeMessages(
  announced: readonly Announced[],
  accepted: ReadonlySet<OutgoingMessage>,
  sentBefore: { has(messageId: string): boolean },
  barred: { has(halfId: string): boolean },
): Routing {
  const isFresh = (message: OutgoingMessage) => accepted.has(message) && !sentBefore.has(message.id)
  const isCommitted = (parcel: Announced): parcel is Routing['committed'][number] => {
    const { half, halfId, messages } = parcel
    return half !== undefined && !barred.has(halfId) && messages.every(isFresh)
  }
  const committed = announced.filter(isCommitted)
  const dropped = announced.filter((parcel) => !isCommitted(parcel))
  return {
    committed,
    dropped,
    relayed: dropped.flatMap(({ messages }) => messages.filter(isFresh)),
    fresh: announced.flatMap(({ messages }) => messages.filter(isFresh)),
  }
}
