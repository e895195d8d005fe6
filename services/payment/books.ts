import type { CheckBooksResponse, Effect, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { createFindings, type Findings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { isOpenRefund } from './attention.ts'
import { inbox, paymentOrders, payments, quarantine, refunds, type PaymentOrderRow, type RefundRow } from './tables.ts'

/** A notification that was acknowledged takes effect within seconds: after this long it is stuck. */
const settledWithinMs = 60_000

/** To a bank's card WeChat Pay wants up to three working days (its documentation of refunds), and nine days off may come first. */
export const refundTakesAtMostMs = 14 * 24 * 3_600_000

const noRefunds = { refundingFen: 0, refundedFen: 0 }
const noPayments = { capturedFen: 0, refundedFen: 0 }

/** Refunds add up to what their payments say, payments to what their orders say; and nothing lies about, of notifications or refunds. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  const refundsOf = new Map<string, typeof noRefunds>()
  const paymentsOf = new Map<string, typeof noPayments>()

  const stuck: RefundRow[] = []
  await visitPages(read, refunds, clock, (rows) => {
    findings.examined('payment.refunds', rows.length)
    findings.examined('payment.overdue', rows.filter(({ state }) => state === 'waiting' || state === 'asked').length)
    for (const refund of rows) {
      const { refundId, orderId, paymentId, amountFen, state } = refund
      if (state === 'failed') continue
      if (state === 'stuck') stuck.push(refund)
      else if (state !== 'done' && !isOnItsWay(refund, clock)) {
        const detail = `refund ${refundId} is ${state === 'asked' ? 'asked for' : state}, and nothing has become of it`
        findings.violation({ check: 'payment.overdue', orderId, detail })
      }
      const sum = refundsOf.get(paymentId) ?? noRefunds
      const part = state === 'done' ? 'refundedFen' : 'refundingFen'
      refundsOf.set(paymentId, { ...sum, [part]: sum[part] + amountFen })
    }
  })
  /** Of each order: its attempts. One that its order does not list would not be closed with it. */
  const attemptsOf = new Map<string, string[]>()
  await visitPages(read, payments, clock, (rows) => {
    findings.examined('payment.attempts', rows.length)
    for (const { paymentId, orderId, state, amountFen, refundingFen, refundedFen } of rows) {
      const sum = refundsOf.get(paymentId) ?? noRefunds
      if (sum.refundingFen !== refundingFen || sum.refundedFen !== refundedFen) {
        const detail = `payment ${paymentId}: ${refundingFen} fen going back and ${refundedFen} back, its refunds say ${sum.refundingFen} and ${sum.refundedFen}`
        findings.violation({ check: 'payment.refunds', orderId, detail })
      }
      if (state === 'paid') {
        const paid = paymentsOf.get(orderId) ?? noPayments
        paymentsOf.set(orderId, { capturedFen: paid.capturedFen + amountFen, refundedFen: paid.refundedFen + refundedFen })
      }
      attemptsOf.set(orderId, [...(attemptsOf.get(orderId) ?? []), paymentId])
    }
  })
  await visitPages(read, paymentOrders, clock, (rows) => {
    findings.examined('payment.orders', rows.length)
    for (const { orderId, paymentIds, capturedFen, refundedFen } of rows) {
      const attempts = attemptsOf.get(orderId)?.toSorted() ?? []
      attemptsOf.delete(orderId)
      if (attempts.join() !== paymentIds.toSorted().join()) {
        findings.violation({ check: 'payment.orders', orderId, detail: `it lists the attempts ${paymentIds.join(', ')}, and has ${attempts.join(', ')}` })
      }
      const sum = paymentsOf.get(orderId) ?? noPayments
      if (sum.capturedFen === capturedFen && sum.refundedFen === refundedFen) continue
      const detail = `${capturedFen} fen captured and ${refundedFen} refunded, its payments say ${sum.capturedFen} and ${sum.refundedFen}`
      findings.violation({ check: 'payment.orders', orderId, detail })
    }
  })
  for (const orderId of attemptsOf.keys()) findings.violation({ check: 'payment.orders', orderId, detail: 'it has attempts, and its row is missing' })
  await checkStuck(read, stuck, findings)
  await checkInbox(read, clock, findings)
  return findings.report()
}

/** What waits for a person, and no person is told of: nobody would ever end it. */
async function checkStuck(read: Reader, stuck: readonly RefundRow[], findings: Findings<Violation>): Promise<void> {
  findings.examined('payment.stuck', stuck.length)
  if (stuck.length === 0) return
  const open = await read.query("SELECT refund_id FROM payment_quarantine WHERE resolution = ''", [])
  const shown = new Set(open.map((row) => row['refund_id']))
  for (const { refundId, orderId } of stuck) {
    if (!shown.has(refundId))
      findings.violation({ check: 'payment.stuck', orderId, detail: `refund ${refundId} waits for a person, and the quarantine does not show it` })
  }
}

/** What was acknowledged to a platform and has had no effect since, or is said to be in the quarantine, and no person sees it there. */
async function checkInbox(read: Reader, clock: Clock, findings: Findings<Violation>): Promise<void> {
  const shown = new Set<string>()
  await visitPages(read, quarantine, clock, (rows) => {
    for (const { channel, paymentId } of rows) shown.add(`${channel} ${paymentId}`)
  })
  const settledBefore = clock.now() - settledWithinMs
  await visitPages(read, inbox, clock, (rows) => {
    findings.examined('payment.inbox', rows.length)
    for (const { inboxId, channel, paymentId, state, receivedAt } of rows) {
      const isLeft = state === 'received' && receivedAt < settledBefore
      if (isLeft) findings.violation({ check: 'payment.inbox', orderId: '', detail: `notification ${inboxId} was acknowledged and not settled` })
      if (state === 'quarantined' && !shown.has(`${channel} ${paymentId}`))
        findings.violation({ check: 'payment.inbox', orderId: '', detail: `notification ${inboxId} is not believed, and the quarantine does not show it` })
    }
  })
}

/**
 * The money of each order that is at the platforms now: captured, less refunded. And how much of it they were asked to give
 * back as nobody's; what takes longer than any platform does, or is stuck, does not count as going back.
 */
export async function listEffects(read: Reader, clock: Clock, { orderIds, afterOrderId, limit }: ListEffectsRequest): Promise<ListEffectsResponse> {
  const rows = await pageOrKeys(read, paymentOrders, { keys: orderIds, afterKey: afterOrderId, limit })
  const underWay = `SELECT * FROM payment_refund WHERE ${isOpenRefund} AND state <> 'stuck' AND surplus = 1`
  const goingBack = new Map<string, number>()
  for (const refund of (await read.query(underWay, [])).map(refunds.fromSql)) {
    const { orderId, amountFen } = refund
    if (isOnItsWay(refund, clock)) goingBack.set(orderId, (goingBack.get(orderId) ?? 0) + amountFen)
  }
  // Of a single attempt the order's row says it all.
  const attempts = await read.get(
    payments,
    rows.flatMap(({ paymentIds }) => (paymentIds.length > 1 ? paymentIds : [])),
  )
  const paidOf = ({ paymentIds, capturedFen, refundedFen }: PaymentOrderRow): string =>
    paymentIds
      .map((paymentId) => attempts.get(paymentId) ?? { paymentId, state: capturedFen > 0 ? 'paid' : 'none', refundedFen })
      .flatMap((payment) => (payment.state === 'paid' ? `${payment.paymentId} ${payment.refundedFen}` : []))
      .join(', ')
  return { effects: rows.map((row) => ({ ...effectOf(row), goingBack: goingBack.get(row.orderId), paidPayments: paidOf(row) })) }
}

/** It changes when it is opened, asked for after a person had to look, or hinted at. */
function isOnItsWay({ changedAt }: RefundRow, clock: Clock): boolean {
  return changedAt > clock.now() - refundTakesAtMostMs
}

function effectOf({ orderId, capturedFen, refundedFen, changedAt }: PaymentOrderRow): Effect {
  const amount = capturedFen - refundedFen
  const state = amount > 0 ? 'EFFECT_STATE_KEPT' : 'EFFECT_STATE_RELEASED'
  return { orderId, state, amount, subject: '', takenAt: changedAt, settledAt: changedAt }
}
