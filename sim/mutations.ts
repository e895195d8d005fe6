import { paymentMutations } from './payment-mutations.ts'

/** A guard of the real code, and how it looks when it is taken away. */
export interface Mutation {
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** A seed that noticed it once, tried first: only so that the check is quick. */
  readonly firstSeed?: number
}

const inventory = 'services/inventory/rules.ts'
const coupon = 'services/coupon/rules.ts'
const user = 'services/user/rules.ts'
const order = 'services/order/rules.ts'

/** Each of these makes the books wrong in some history; the simulator has to meet one. */
export const mutations: readonly Mutation[] = [
  {
    name: 'inventory: tombstone',
    file: inventory,
    find: "if (known === undefined) return { outcome: 'barred', ",
    replace: "if (known === undefined) return { outcome: 'nothing' } as never\n  if (known === undefined) return { outcome: 'barred', ",
  },
  {
    name: 'coupon: tombstone',
    file: coupon,
    find: "  if (known === undefined) {\n    return {\n      outcome: 'barred',",
    replace: "  if (known === undefined) {\n    return { outcome: 'nothing' }\n    return {\n      outcome: 'barred',",
    firstSeed: 51,
  },
  {
    name: 'user: tombstone',
    file: user,
    find: "  if (known === undefined) {\n    return { outcome: 'barred'",
    replace: "  if (known === undefined) {\n    return { outcome: 'nothing' }\n    return { outcome: 'barred'",
  },
  {
    name: 'inventory: one reservation an order',
    file: inventory,
    find: '  if (known !== undefined) return { outcome: repeatedAnswer(known, lines) }\n',
    replace: '',
  },
  {
    name: 'coupon: one claim an order',
    file: coupon,
    find: '  if (known !== undefined) return { outcome: repeatedAnswer(known) }\n',
    replace: '',
    firstSeed: 5,
  },
  { name: 'user: one debit an order', file: user, find: '  if (known !== undefined) return { outcome: repeatedAnswer(known) }\n', replace: '' },
  {
    name: 'inventory: release only what is held',
    file: inventory,
    find: "  if (known.state !== 'held') return { outcome: 'nothing' }\n",
    replace: '',
    firstSeed: 5,
  },
  { name: 'coupon: release only what is held', file: coupon, find: "  if (known.state !== 'held') return { outcome: 'nothing' }\n", replace: '' },
  { name: 'user: release only what is held', file: user, find: "  if (known.state !== 'held') return { outcome: 'nothing' }\n", replace: '' },
  { name: 'inventory: sell once', file: inventory, find: "  if (known.state === 'sold') return { outcome: 'nothing' }\n", replace: '', firstSeed: 13 },
  {
    name: 'inventory: all lines or none',
    file: inventory,
    find: "return { outcome: { outcome: 'RESERVE_OUTCOME_OUT_OF_STOCK' }, guard: { orderId, state: 'refused', lines: [], takenAt: at, settledAt: at } }",
    replace: 'continue',
  },
  { name: 'coupon: one live order a coupon', file: coupon, find: "  if (coupon.holderOrderId !== null) return 'CLAIM_OUTCOME_TAKEN'\n", replace: '' },
  {
    name: 'points: one grant an order',
    file: 'services/points/rules.ts',
    find: '    if (known.has(orderId) || grants.has(orderId)) continue\n',
    replace: '',
    firstSeed: 15,
  },
  {
    name: 'order: confirm only what is pending',
    file: order,
    find: "  if (order.state !== 'pending') return { kind: order.state === 'cancelled' ? 'elsewhere' : 'already', order }\n",
    replace: '',
    firstSeed: 16,
  },
  {
    name: 'order: cancel only from where it is allowed',
    file: order,
    find: "  if (order.state !== from) return { kind: 'elsewhere', order }\n",
    replace: '',
    firstSeed: 71,
  },
  {
    name: 'order: the same key with another body is refused',
    file: order,
    find: "known.requestDigest === opening.requestDigest ? { kind: 'known', orderId: known.orderId } : { kind: 'key_reused' }",
    replace: "{ kind: 'known', orderId: known.orderId }",
  },
  {
    name: 'order: a known key opens nothing',
    file: order,
    find: 'if (known !== undefined && known.orderId !== opening.orderId) {',
    replace: "if (known !== undefined && opening.orderId === '') {",
  },
  {
    name: 'order: an answer is written once',
    file: order,
    find: "answered: order.answered === '' ? 'refused' : order.answered",
    replace: "answered: 'refused'",
  },
  { name: 'order: the sweeper', file: 'services/order/sweeper.ts', find: 'sweep.start()', replace: 'void sweep' },
  {
    name: 'order: unknown stock is not taken stock',
    file: 'services/order/takings.ts',
    find: "  if (reserved === undefined) return { kind: 'refused', reason: 'timed_out' }\n  if (reserved.outcome",
    replace: '  if (reserved !== undefined && reserved.outcome',
    firstSeed: 5,
  },
  {
    name: 'bus: messages of accepted members only',
    file: 'runtime/bus/store-bus.ts',
    find: 'messages.filter(({ id }) => accepted.has(id))',
    replace: '[...messages]',
  },
  {
    name: 'bus: messages are written with the commit',
    file: 'runtime/bus/store-bus.ts',
    find: '        tx.insertMissing(publishedMessages, published.map(messageRowOf))\n',
    replace: '        if (published.length > 1) tx.insertMissing(publishedMessages, published.map(messageRowOf))\n',
  },
  {
    name: 'bus: what failed comes again',
    file: 'runtime/bus/asking.ts',
    find: "messages.map(() => ({ kind: 'retry', because: error instanceof Error ? error.message : String(error) }))",
    replace: "messages.map(() => ({ kind: 'done' }))",
    firstSeed: 46,
  },
  {
    name: 'bus: retries are kept',
    file: 'runtime/bus/consumer.ts',
    find: '      tx.insert(\n        retries,\n        retry.map((entry) => entry.row),\n      )\n',
    replace: '',
    firstSeed: 46,
  },
  { name: 'coupon: only its owner', file: coupon, find: 'coupon === undefined || coupon.userId !== userId', replace: 'coupon === undefined', firstSeed: 12 },
  { name: 'coupon: until it expires', file: coupon, find: "  if (isExpired(coupon, at)) return 'CLAIM_OUTCOME_EXPIRED'\n", replace: '', firstSeed: 412 },
  {
    name: 'coupon: from its minimum spend',
    file: coupon,
    find: "  if (itemsFen < coupon.minimumSpendFen) return 'CLAIM_OUTCOME_BELOW_MINIMUM_SPEND'\n",
    replace: '',
    firstSeed: 26,
  },
  {
    name: 'order: only its owner cancels',
    file: 'services/order/reads.ts',
    find: "row !== undefined && (userId === '' || row.userId === userId) ? row : undefined",
    replace: 'row',
  },
  {
    name: 'order: a decided order keeps its answer',
    file: order,
    find: "  if (order.answered !== '') return { kind: 'already', order }\n",
    replace: '',
    firstSeed: 5,
  },
  {
    name: 'order: an accepted order stays accepted',
    file: order,
    find: "answered: order.answered === '' ? 'placed' : order.answered",
    replace: "answered: 'placed'",
    firstSeed: 4,
  },
  {
    name: 'order: an accepted order is told as it was opened',
    file: 'services/order/answers.ts',
    find: 'order: toWire(asOpened)',
    replace: 'order: toWire({ ...asOpened, ...row })',
  },
  {
    name: 'order: an unknown coupon is not a taken coupon',
    file: 'services/order/takings.ts',
    find: "    if (claimed === undefined) return { kind: 'refused', reason: 'timed_out' }\n",
    replace: "    if (claimed === undefined) return { kind: 'taken', discountFen: 0, balanceFen: 0 }\n",
    firstSeed: 5,
  },
  {
    name: 'order: an unknown balance is not a taken balance',
    file: 'services/order/takings.ts',
    find: "  if (debited === undefined) return { kind: 'refused', reason: 'timed_out' }\n",
    replace: "  if (debited === undefined) return { kind: 'taken', discountFen, balanceFen: wantedFen }\n",
  },
  {
    name: 'store: a guard is seen by the next of its batch',
    file: 'runtime/store/in-turn.ts',
    find: '      guardOf.set(key, change.guard)\n',
    replace: '',
    firstSeed: 5,
  },
  {
    name: 'store: a shared row is seen by the next of its batch',
    file: 'runtime/store/in-turn.ts',
    find: '      bookOf.set(books.keyOf(row), row)\n',
    replace: '',
    firstSeed: 8,
  },
  ...paymentMutations,
]
