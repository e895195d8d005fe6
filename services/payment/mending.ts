import type { BillEntry, ChannelName } from '@suanpan/channels'
import type { Difference } from '@suanpan/contracts/payment'
import { toldAgain } from '@suanpan/contracts/topics'
import type { Bus, OutgoingMessage } from '@suanpan/runtime/bus'
import type { Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import type { Mismatch } from './bill-match.ts'
import type { Finding, Inquiry } from './inquiry.ts'
import type { Ledger } from './ledger.ts'
import { paidMessage, refundSettledMessage } from './messages.ts'
import type { Pursued, RefundAsking } from './refund-asking.ts'
import type { Report, StatementOutcome } from './settlement.ts'

/** What it takes to set right what is not: to ask platforms, to state what they say, and to tell of it. */
export interface MendingOptions {
  readonly store: Store
  readonly bus: Bus
  readonly ledger: Ledger
  readonly inquiry: Inquiry
  readonly asking: Pick<RefundAsking, 'askNow'>
  readonly clock: Clock
}

/** Which bill. */
export interface BillOf {
  readonly channel: ChannelName
  readonly date: string
}

/** What was done about a difference. `isSettled` false: nothing certain came of it, and it is worth doing again. */
interface Step extends Pick<Difference, 'nextStep' | 'needsPerson'> {
  readonly isSettled: boolean
}

export interface Mended {
  readonly difference: Difference
  readonly isSettled: boolean
}

/** Takes the next step that each class of difference has, and says what came of it. Doing it again changes nothing more. */
export function createMending({ store, bus, ledger, inquiry, asking, clock }: MendingOptions): (bill: BillOf, mismatch: Mismatch) => Promise<Mended> {
  return async (bill, mismatch) => {
    const { kind, paymentId, refundId, orderId, ourFen, theirFen, detail } = mismatch
    const { isSettled, ...step } = await stepFor(bill, mismatch)
    return { difference: { kind, paymentId, refundId, orderId, ourFen, theirFen, detail, ...step }, isSettled }
  }

  async function stepFor(bill: BillOf, { cure, refundId }: Mismatch): Promise<Step> {
    switch (cure.kind) {
      case 'state_trade':
        return tradeStep(await state(bill, cure.entry, tradeFact(cure.entry)))
      case 'state_refund':
        return (await state(bill, cure.entry, refundFact(cure.entry))) === 'quarantined' ? quarantined : taken('settled')
      case 'ask_refund':
        return refundSteps[await asking.askNow(refundId)]
      case 'confirm_refund':
        return confirmationSteps[await asking.askNow(refundId)]
      case 'confirm_by_hand':
        return byHandSteps[await asking.askNow(refundId)]
      case 'confirm_refusal':
        return refusalSteps[await asking.askNow(refundId)]
      case 'ask_trade':
        return tradeConfirmation(await inquiry.recheck(cure.payment))
      case 'tell_paid':
        return tell(bill, paidMessage(cure.payment, clock.now()))
      case 'tell_refund':
        return tell(bill, refundSettledMessage(cure.refund, clock.now()))
      case 'look':
        return left(cure.at)
    }
  }

  /** Once for each bill: the bus knows the id when the bill is looked at again. */
  async function tell({ date }: BillOf, message: OutgoingMessage): Promise<Step> {
    const again = { ...message, id: toldAgain(message.id, date) }
    await bus.publishIff(store, [again], async () => ({ result: undefined, accepted: [again] }))
    return taken('the order was told again: if this day shows it once more, see its timeline and the dead letters')
  }

  function state({ channel, date }: BillOf, { paymentId }: BillEntry, fact: Report['fact']): Promise<StatementOutcome> {
    return ledger.state({ channel, paymentId, fact, source: `bill of ${date}`, at: clock.now() })
  }
}

function taken(nextStep: string): Step {
  return { nextStep, needsPerson: false, isSettled: true }
}

function left(nextStep: string): Step {
  return { nextStep, needsPerson: true, isSettled: true }
}

const quarantined = left('in the quarantine: a person decides')

const confirmed = taken('the platform confirms it: look for it in the bill of the day before or after')

const uncertain: Step = { nextStep: 'the platform was asked and says nothing certain: reconcile this day again', needsPerson: true, isSettled: false }

/** About what is paid here. */
function tradeConfirmation(finding: Finding): Step {
  if (finding === 'paid') return confirmed
  if (finding === 'quarantined') return quarantined
  return finding === 'unknown' ? uncertain : left('the platform was asked and says that it was not paid: ask it for a new bill, then a person decides')
}

const unconfirmed = left('the platform was asked and does not confirm it: ask it for a new bill, then a person decides')

const confirmationSteps: { readonly [Ending in Pursued]: Step } = {
  settled: confirmed,
  stuck: unconfirmed,
  denied: unconfirmed,
  open: uncertain,
}

const byHandSteps: { readonly [Ending in Pursued]: Step } = {
  settled: quarantined,
  stuck: quarantined,
  denied: taken('the platform was asked, and did not give it back: a person did'),
  open: uncertain,
}

const notGivenUp = left('the platform was asked and does not say that it gave it up: see the quarantine, then a person decides')

const refusalSteps: { readonly [Ending in Pursued]: Step } = {
  settled: taken('the platform was asked, and gave it up: nothing went back'),
  stuck: notGivenUp,
  denied: notGivenUp,
  open: uncertain,
}

const refundSteps: { readonly [Ending in Pursued]: Step } = {
  settled: taken('the platform was asked, and the refund is settled'),
  stuck: quarantined,
  denied: unconfirmed,
  open: taken('the platform was asked, and says no end yet: it is asked again by itself'),
}

function tradeStep(outcome: StatementOutcome): Step {
  if (outcome === 'quarantined') return quarantined
  return taken(outcome === 'paid' ? 'settled as a lost notification' : 'it was settled meanwhile')
}

/** Bills are in CNY: neither platform writes another currency into them. */
function tradeFact({ paymentId, tradeNo, amountFen, at }: BillEntry): Report['fact'] {
  return { kind: 'trade', paymentId, trade: { state: 'paid', tradeNo, amountFen, currency: 'CNY', paidAt: at } }
}

function refundFact({ paymentId, refundId, amountFen }: BillEntry): Report['fact'] {
  return { kind: 'refund', paymentId, refundId, refund: { state: 'done', amountFen } }
}
