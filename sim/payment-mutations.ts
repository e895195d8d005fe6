import type { Mutation } from './mutation.ts'

const payment = 'services/payment/rules.ts'
const refund = 'services/payment/refund-rules.ts'
const order = 'services/order/rules.ts'

/** Guards of everything that has to do with money at platforms. */
export const paymentMutations: readonly Mutation[] = [
  {
    name: 'payment: the amount is compared',
    file: payment,
    find: '  if (amountFen !== payment.amountFen) {\n',
    replace: '  if (amountFen > payment.amountFen) {\n',
    firstSeed: 36,
  },
  {
    name: 'payment: paid once',
    file: payment,
    find: "    if (payment.tradeNo === tradeNo) return { kind: 'nothing' }\n",
    replace: "    if (payment.tradeNo === tradeNo) return { kind: 'moved', payment }\n",
    firstSeed: 11,
  },
  {
    name: 'payment: not found is no proof',
    file: 'services/payment/inquiry.ts',
    find: 'clock.now() >= overAt(payment, pauses)',
    replace: 'clock.now() >= 0',
    firstSeed: 257,
  },
  {
    name: 'payment: closing is followed by a question',
    file: 'services/payment/inquiry.ts',
    find: "    if (found !== 'unpaid' && found !== 'unseen') return found\n",
    replace: "    if (found !== 'unpaid' && found !== 'unseen') return found\n    return 'closed'\n",
    firstSeed: 11,
  },
  {
    name: 'payment: platforms are asked for refunds',
    file: 'services/payment/service.ts',
    find: '...asking.workers, ',
    replace: '',
    firstSeed: 6,
  },
  {
    name: 'payment: what a process left behind is settled',
    file: 'services/payment/service.ts',
    find: 'const workers = [intake.sweeper, ',
    replace: 'const workers = [',
    noticedAs: /acknowledged, and have had no effect/,
    firstSeed: 11,
  },
  {
    name: 'refund: platforms have the pause that they want',
    file: refund,
    find: '  if (at < turnAt) {\n',
    replace: '  if (at < 0) {\n',
    noticedAs: /without the pause/,
    firstSeed: 41,
  },
  {
    name: 'order: nobody is told that a paid order is cancelled',
    file: 'services/order/cancel.ts',
    find: "      case 'paid':\n        return { outcome: CancelOutcome.NOT_CANCELLABLE",
    replace: "      case 'paid':\n        return { outcome: CancelOutcome.CANCELLED",
    firstSeed: 99,
  },
  {
    name: 'refund: once a number',
    file: refund,
    find: "  if (refund !== undefined) return { kind: 'known' }\n",
    replace: '',
    // The number is the key of its row: opening it again fails, time after time.
    noticedAs: /still tried again|dead_letters/,
    firstSeed: 61,
  },
  {
    name: 'refund: settled once',
    file: refund,
    find: "  if (isOver(refund.state)) return { kind: 'nothing' }\n  switch",
    replace: '  switch',
    firstSeed: 61,
  },
  {
    name: 'order: money for a cancelled order is a surplus',
    file: order,
    find: "      return surplus(order, payment, 'cancelled')\n",
    replace: "      return { kind: 'already', order }\n",
    firstSeed: 78,
  },
  {
    name: 'order: a second payment is a surplus',
    file: order,
    find: "order.paymentId === paymentId ? { kind: 'already', order } : surplus(order, payment, 'already_paid')",
    replace: "{ kind: 'already', order }",
    firstSeed: 28,
  },
  {
    name: 'order: nothing is cancelled before its payments are closed',
    file: 'services/order/sweeper.ts',
    find: "    if (closed === 'closed') return",
    replace: "    if (closed !== 'paid') return",
    firstSeed: 63,
  },
  {
    name: 'order: a refund is settled once',
    file: 'services/order/refund-rules.ts',
    find: "  if (known.state !== 'processing') return { outcome: { kind: 'already' } }\n",
    replace: '',
    firstSeed: 163,
  },
  {
    name: 'user: credited once a refund',
    file: 'services/user/rules.ts',
    find: "  if (known !== undefined) return { outcome: { kind: 'nothing' } }\n",
    replace: '',
    firstSeed: 82,
  },
  {
    name: 'points: taken back once a refund',
    file: 'services/points/rules.ts',
    find: "  if (known !== undefined) return { outcome: { kind: 'nothing' } }\n",
    replace: '',
    firstSeed: 61,
  },
]
