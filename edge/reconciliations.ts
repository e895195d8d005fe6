import type { ChannelName } from '@suanpan/channels'
import { DifferenceKind, ReconcileOutcome, type Difference, type ReconcileResponse } from '@suanpan/contracts/payment'
import { Type, type Static } from 'typebox'
import { Problem } from './problems.ts'
import { channelSchema } from './schemas.ts'
import { nameOf, type WireNames } from './wire-names.ts'

const differenceKinds = ['ours_only', 'theirs_only', 'amount_differs', 'state_differs'] as const

const kindNames: WireNames<DifferenceKind, (typeof differenceKinds)[number]> = {
  [DifferenceKind.UNSPECIFIED]: undefined,
  [DifferenceKind.OURS_ONLY]: 'ours_only',
  [DifferenceKind.THEIRS_ONLY]: 'theirs_only',
  [DifferenceKind.AMOUNT_DIFFERS]: 'amount_differs',
  [DifferenceKind.STATE_DIFFERS]: 'state_differs',
}

const differenceSchema = Type.Object({
  kind: Type.Enum([...differenceKinds]),
  paymentId: Type.String(),
  refundId: Type.Optional(Type.String({ description: 'Where it is about a refund' })),
  orderId: Type.Optional(Type.String()),
  ourFen: Type.Integer(),
  theirFen: Type.Integer(),
  detail: Type.String(),
  nextStep: Type.String({ description: 'What was done about it by itself, or what a person has to do' }),
  needsPerson: Type.Boolean({ description: 'Nothing more happens by itself' }),
})

export const reconciliationSchema = Type.Object(
  {
    channel: channelSchema,
    date: Type.String(),
    billEntries: Type.Integer(),
    matched: Type.Integer({ description: 'Lines of the bill that agree with payment, refund and order' }),
    paidFen: Type.Integer({ description: 'Of the bill' }),
    refundedFen: Type.Integer({ description: 'Of the bill' }),
    differences: Type.Array(differenceSchema),
  },
  { title: 'Reconciliation' },
)

/** How an answer to a reconciliation is told over HTTP. Throws `Problem` where none was made. */
export function reconciled(answer: ReconcileResponse, channel: ChannelName, date: string): Static<typeof reconciliationSchema> {
  const { outcome, billEntries, matched, paidFen, refundedFen, differences, refusal } = answer
  switch (outcome) {
    case ReconcileOutcome.DONE:
      return { channel, date, billEntries, matched, paidFen, refundedFen, differences: differences.map(differenceBody) }
    case ReconcileOutcome.CHANNEL_NOT_OFFERED:
      throw new Problem('channel_not_offered', `${channel} is not configured in this shop`)
    case ReconcileOutcome.NO_BILL:
      throw new Problem('no_bill', `${channel} has no bill of ${date}`, { retryAfterSeconds: 3_600 })
    case ReconcileOutcome.BILL_REFUSED:
      throw new Problem('bill_refused', `${channel} answered ${refusal} for the bill of ${date}`)
    case ReconcileOutcome.UNAVAILABLE:
    case ReconcileOutcome.UNSPECIFIED:
      throw new Problem('unavailable', `the bill of ${date} could not be fetched or held against the orders; ask again`, { retryAfterSeconds: 10 })
  }
}

function differenceBody({ kind, refundId, orderId, ...difference }: Difference): Static<typeof differenceSchema> {
  return { ...difference, kind: nameOf(kindNames, kind), ...(refundId === '' ? {} : { refundId }), ...(orderId === '' ? {} : { orderId }) }
}
