import type { BillEntry, Channel, ChannelName, ChannelResult, NewTrade, KnownRefund, PayLink, RefundReport, TradeReport } from '@suanpan/channels'
import type { Notification } from '@suanpan/contracts/payment'
import type { Clock } from '@suanpan/runtime/time'
import { wireChannels } from '../messages.ts'

export type Operation = 'create' | 'query' | 'close' | 'refund' | 'queryRefund' | 'fetchBill'

/** `silent`: nothing is done, and no answer comes. `lost`: it is done, and no answer comes. `rejected`: a signed no. */
export type Fault = 'silent' | 'lost' | 'rejected'

interface Trade {
  readonly terms: NewTrade
  readonly state: 'unseen' | 'unpaid' | 'closed' | 'paid'
  readonly paid: Extract<TradeReport, { readonly state: 'paid' }>
}

interface Refund {
  readonly paymentId: string
  readonly amountFen: number
  readonly state: KnownRefund['state']
}

/** What the platforms want between two refunds of one trade. One that comes too early Alipay is taken to refuse for good, as nothing is known. */
const refundPauses = { alipay: { pauseMs: 3_000, tooEarly: 'rejected' }, wechat: { pauseMs: 60_000, tooEarly: 'unknown' } } as const

/** A call has arrived after this long. */
const arrivesWithinMs = 5_000

const unknown = { kind: 'unknown', because: 'no answer' } as const

/**
 * A platform in memory, behind the port of the real ones. As with Alipay, what nobody has scanned is not known to it; as
 * with both, what is closed or over can not be paid, and a refund is one refund per number.
 */
export function testPlatform(name: ChannelName, clock: Clock) {
  const trades = new Map<string, Trade>()
  const refunds = new Map<string, Refund>()
  const faults = new Map<Operation, Fault[]>()
  const before = new Map<Operation, () => Promise<unknown>>()
  const calls: string[] = []
  const { pauseMs, tooEarly } = refundPauses[name]
  const refundedAt = new Map<string, number>()
  let lasting: Fault | undefined
  let refundState: Refund['state'] = 'done'
  let bill: readonly BillEntry[] | undefined
  let timesBehind = 0
  let isVague = false
  let answerAfterMs = 0
  let underWay = 0
  let mostAtOnce = 0
  let notified = 0

  async function call<Value>(operation: Operation, subject: string, act: () => ChannelResult<Value>): Promise<ChannelResult<Value>> {
    calls.push(`${operation} ${subject}`)
    mostAtOnce = Math.max(mostAtOnce, ++underWay)
    const first = before.get(operation)
    before.delete(operation)
    await first?.()
    if (answerAfterMs > 0) await clock.sleep(answerAfterMs)
    underWay -= 1
    const fault = faults.get(operation)?.shift() ?? lasting
    if (fault === 'rejected') return { kind: 'rejected', code: 'NOT_ENOUGH', detail: 'as the test wants it' }
    if (fault === 'silent') return unknown
    const result = act()
    return fault === 'lost' ? unknown : result
  }

  function tradeOf(paymentId: string): Trade {
    const trade = trades.get(paymentId)
    if (trade === undefined) throw new Error(`no trade ${paymentId} was made`)
    return trade
  }

  function move(paymentId: string, change: Partial<Trade>): void {
    trades.set(paymentId, { ...tradeOf(paymentId), ...change })
  }

  function reportOf(paymentId: string): TradeReport {
    const trade = trades.get(paymentId)
    if (trade === undefined || trade.state === 'unseen') return { state: 'not_found' }
    return trade.state === 'paid' ? trade.paid : { state: trade.state }
  }

  function refundedFen(paymentId: string): number {
    return [...refunds.values()].reduce((sum, refund) => sum + (refund.paymentId === paymentId && refund.state !== 'closed' ? refund.amountFen : 0), 0)
  }

  function refundReportOf({ state, amountFen }: Refund): KnownRefund {
    return state === 'done' ? { state, amountFen } : { state }
  }

  function notification(fact: Pick<Notification, 'trade' | 'refund'>, paymentId: string): Notification {
    notified += 1
    return { channel: wireChannels[name], notificationId: `${name}-${notified}`, paymentId, ...fact }
  }

  const channel: Channel = {
    name,
    betweenRefundsMs: pauseMs + arrivesWithinMs,
    create: (terms) =>
      call('create', terms.paymentId, () => {
        const { paymentId } = terms
        const known = trades.get(paymentId)
        if (known !== undefined && JSON.stringify(known.terms) !== JSON.stringify(terms)) {
          return { kind: 'rejected', code: 'OUT_TRADE_NO_USED', detail: 'other terms' }
        }
        const paid = { state: 'paid', tradeNo: `trade-${paymentId}`, amountFen: terms.amountFen, currency: 'CNY', paidAt: 0 } as const
        if (known === undefined) trades.set(paymentId, { terms, state: name === 'alipay' ? 'unseen' : 'unpaid', paid })
        const link: PayLink =
          name === 'alipay' ? { kind: 'redirect', payUrl: `pay://${paymentId}` } : { kind: 'code', codeUrl: `code://${paymentId}/${calls.length}` }
        return { kind: 'ok', value: link }
      }),
    query: (paymentId) => call('query', paymentId, () => ({ kind: 'ok', value: reportOf(paymentId) })),
    close: (paymentId) =>
      call<{ readonly state: 'closed' | 'not_found' }>('close', paymentId, () => {
        const report = reportOf(paymentId)
        if (report.state === 'paid') return { kind: 'rejected', code: 'ORDERPAID', detail: 'it is paid' }
        if (report.state === 'not_found') return { kind: 'ok', value: { state: 'not_found' } }
        move(paymentId, { state: 'closed' })
        return { kind: 'ok', value: { state: 'closed' } }
      }),
    refund: ({ paymentId, refundId, amountFen }) =>
      call('refund', `${refundId} ${amountFen}`, () => {
        const known = refunds.get(refundId)
        if (known === undefined && (reportOf(paymentId).state !== 'paid' || refundedFen(paymentId) + amountFen > tradeOf(paymentId).paid.amountFen)) {
          return { kind: 'rejected', code: 'REFUND_FEE_MISMATCH', detail: 'more than was paid' }
        }
        if (known === undefined && clock.now() < (refundedAt.get(paymentId) ?? -Infinity) + pauseMs)
          return tooEarly === 'unknown' ? unknown : { kind: 'rejected', code: 'TOO_EARLY', detail: 'another refund a moment ago' }
        refundedAt.set(paymentId, clock.now())
        const refund = known ?? { paymentId, amountFen, state: refundState }
        refunds.set(refundId, refund)
        return { kind: 'ok', value: refundReportOf(refund) }
      }),
    queryRefund: (_, refundId) =>
      call<RefundReport>('queryRefund', refundId, () => {
        const refund = timesBehind-- > 0 ? undefined : refunds.get(refundId)
        if (isVague) return { kind: 'ok', value: { state: 'perhaps_not_found' } }
        return { kind: 'ok', value: refund === undefined ? { state: 'not_found' } : refundReportOf(refund) }
      }),
    fetchBill: (date) => call('fetchBill', date, () => ({ kind: 'ok', value: bill === undefined ? { state: 'none' } : { state: 'made', entries: bill } })),
  }

  return {
    channel,
    calls,
    /** The next call of this kind fails, or the next ones, in this order. */
    failNext: (operation: Operation, ...next: readonly Fault[]) => faults.set(operation, [...next]),
    /** Every call fails, until told otherwise. */
    failAll: (fault: Fault | undefined) => {
      lasting = fault
    },
    /** Runs once, after the next call of this kind has arrived and before it is worked on. */
    beforeNext: (operation: Operation, action: () => Promise<unknown>) => before.set(operation, action),
    /** Every call takes so long, until told otherwise. */
    slowDown: (durationMs: number) => {
      answerAfterMs = durationMs
    },
    /** Calls under way at once, at their most. */
    mostAtOnce: () => mostAtOnce,
    /** How refunds end that are asked for from now on. */
    refundsEnd: (state: Refund['state']) => {
      refundState = state
    },
    /** The next questions about refunds are answered by a part of the platform that has not heard of them. */
    nextRefundQueriesAreBehind: (times: number) => {
      timesBehind = times
    },
    /** Somebody on the way says, unsigned, that no refund is known, whichever is asked about; until told otherwise. */
    refundQueriesAreVague: (areVague: boolean) => {
      isVague = areVague
    },
    endRefund: (refundId: string, state: Refund['state']) => {
      const refund = refunds.get(refundId)
      if (refund !== undefined) refunds.set(refundId, { ...refund, state })
    },
    /** The bill of every day; undefined: there is none. */
    publishBill: (entries: readonly BillEntry[] | undefined) => {
      bill = entries
    },
    scan: (paymentId: string) => {
      if (tradeOf(paymentId).state === 'unseen') move(paymentId, { state: 'unpaid' })
    },
    /** The customer pays, if that can still be done; answers whether it was. */
    pay: (paymentId: string, change: Partial<Trade['paid']> = {}): boolean => {
      const { state, terms, paid } = tradeOf(paymentId)
      if (state === 'paid' || state === 'closed' || clock.now() >= terms.expiresAt) return false
      move(paymentId, { state: 'paid', paid: { ...paid, paidAt: clock.now(), ...change } })
      return true
    },
    /** What is told about a trade now, by a new notification each time. */
    tell: (paymentId: string, change: Partial<Trade['paid']> = {}): Notification => {
      const { tradeNo, amountFen, currency, paidAt } = { ...tradeOf(paymentId).paid, ...change }
      return notification({ trade: { state: 'TRADE_STATE_PAID', tradeNo, amountFen, currency, paidAt } }, paymentId)
    },
    tellClosed: (paymentId: string): Notification =>
      notification({ trade: { state: 'TRADE_STATE_CLOSED', tradeNo: '', amountFen: 0, currency: '', paidAt: 0 } }, paymentId),
    tellRefund: (paymentId: string, refundId: string, state: 'DONE' | 'PROCESSING' | 'CLOSED' | 'ABNORMAL', amountFen = 0): Notification =>
      notification({ refund: { refundId, state: `REFUND_STATE_${state}`, amountFen } }, paymentId),
    paidFen: (paymentId: string): number => (reportOf(paymentId).state === 'paid' ? tradeOf(paymentId).paid.amountFen : 0),
    isClosed: (paymentId: string): boolean => reportOf(paymentId).state === 'closed',
    refundedFen,
    tradeIds: (): readonly string[] => [...trades.keys()],
  }
}

export type TestPlatform = ReturnType<typeof testPlatform>
