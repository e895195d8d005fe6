import type { Channel } from './channel.ts'
import type { ApiFault, BillFault, Fault, FaultRequest, Operation } from './faults.ts'
import { numbersOf } from './numbers.ts'
import type { Change, Decision, Platform } from './platform.ts'

export function addFault(platform: Platform, request: FaultRequest, now: number): Decision<Fault> {
  const numbers = numbersOf(platform)
  const fault: Fault = { ...request, kind: 'fault', key: numbers.next('fault', request.channel ?? 'alipay', now) }
  return { answer: fault, changes: [{ put: fault }, ...numbers.change()] }
}

export function clearFaults(platform: Platform): Decision<number> {
  return { answer: platform.faults.size, changes: [...platform.faults.values()].map((fault) => ({ drop: fault })) }
}

interface Subject {
  readonly channel: Channel
  readonly outTradeNo: string
}

const concerns = (fault: Fault, { channel, outTradeNo }: Subject) =>
  (fault.channel === undefined || fault.channel === channel) && (fault.outTradeNo === undefined || fault.outTradeNo === outTradeNo)

/** One of the times that a counted fault may strike is over. */
export function used(fault: Fault): readonly Change[] {
  if (fault.next === undefined) return []
  return fault.next > 1 ? [{ put: { ...fault, next: fault.next - 1 } }] : [{ drop: fault }]
}

export function notifyFaultOf(platform: Platform, subject: Subject, exhausted: ReadonlySet<string>): Fault | undefined {
  return [...platform.faults.values()].find((fault) => fault.notify !== undefined && !exhausted.has(fault.key) && concerns(fault, subject))
}

/** The fault that strikes this call, if any. Counted as used. */
export function takeApiFault(platform: Platform, subject: Subject & { readonly operation: Operation }): Decision<ApiFault> {
  const fault = [...platform.faults.values()].find(
    ({ api, ...rest }) => api !== undefined && (api.operations === undefined || api.operations.includes(subject.operation)) && concerns(rest, subject),
  )
  return fault?.api === undefined ? { answer: {}, changes: [] } : { answer: fault.api, changes: used(fault) }
}

/** Bills are written anew each time they are fetched: what is wrong with them stays wrong. */
export function billFaultOf(platform: Platform, subject: Subject): BillFault {
  return [...platform.faults.values()].find((fault) => fault.bill !== undefined && concerns(fault, subject))?.bill ?? {}
}
