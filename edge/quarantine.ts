import { QuarantineAction, ResolveQuarantineOutcome, type QuarantineEntry, type ResolveQuarantineResponse } from '@suanpan/contracts/payment'
import { Type, type Static } from 'typebox'
import { channelName } from './payments.ts'
import { Problem } from './problems.ts'
import { channelSchema } from './schemas.ts'

/** What an operator may decide, and what the payment service calls it. */
export const quarantineActions = { query: QuarantineAction.QUERY, dismiss: QuarantineAction.DISMISS, by_hand: QuarantineAction.BY_HAND } as const
type Action = keyof typeof quarantineActions

export const actionSchema = Type.Enum(Object.keys(quarantineActions) as Action[])

/** What a note has to say, where the decision is nothing without one. */
export const neededNotes: { readonly [Of in Action]?: string } = {
  dismiss: 'why nothing is to be done',
  by_hand: 'how the money was given back',
}

export const quarantineSchema = Type.Object(
  {
    quarantineId: Type.String(),
    channel: channelSchema,
    paymentId: Type.String(),
    orderId: Type.Optional(Type.String({ description: 'Absent where no payment of ours is meant' })),
    reason: Type.String({ description: 'docs/PAYMENTS.md says of each what it means and what to do' }),
    detail: Type.String(),
    at: Type.Integer(),
    resolution: Type.Optional(Type.String()),
    resolvedAt: Type.Optional(Type.Integer()),
    resolvedBy: Type.Optional(Type.String()),
    note: Type.Optional(Type.String()),
  },
  { title: 'Quarantined' },
)
export type QuarantineBody = Static<typeof quarantineSchema>

export function quarantineBody(entry: QuarantineEntry): QuarantineBody {
  const { quarantineId, channel, paymentId, orderId, reason, detail, at, resolution, resolvedAt, resolvedBy, note } = entry
  return {
    quarantineId,
    channel: channelName(channel),
    paymentId,
    ...(orderId === '' ? {} : { orderId }),
    reason,
    detail,
    at,
    ...(resolution === '' ? {} : { resolution, resolvedAt, resolvedBy, ...(note === '' ? {} : { note }) }),
  }
}

/** How an answer to a decision is told over HTTP. Throws `Problem` for one that did not come about. */
export function resolvedQuarantine({ outcome, entry }: ResolveQuarantineResponse, quarantineId: string): QuarantineBody {
  switch (outcome) {
    case ResolveQuarantineOutcome.RESOLVED:
      if (entry === undefined) throw new Error('the payment service answered without an entry')
      return quarantineBody(entry)
    case ResolveQuarantineOutcome.NOT_FOUND:
      throw new Problem('not_found', `there is nothing ${quarantineId} in the quarantine`)
    case ResolveQuarantineOutcome.RESOLVED_OTHERWISE:
      throw new Problem('resolved_otherwise', `${quarantineId} was decided before: ${entry?.resolution ?? ''} by ${entry?.resolvedBy ?? ''}`)
    case ResolveQuarantineOutcome.STILL_WRONG:
      throw new Problem('still_wrong', `${quarantineId} stays in the quarantine: ${entry?.reason ?? ''}`, { retryAfterSeconds: 60 })
    case ResolveQuarantineOutcome.UNSPECIFIED:
      throw new Problem('unavailable', 'what became of the decision is not known; making it again is safe', { retryAfterSeconds: 1 })
  }
}
