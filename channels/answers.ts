/** What the two adapters' calls have in common: they end in time, and never by an exception. */
import { valueInTime, type Clock } from '@suanpan/runtime/time'
import type { ChannelResult, NewRefund, NewTrade, Product } from './port.ts'

/** A result without a value. */
export type NoValue = Unknown | Rejected
type Unknown = Extract<ChannelResult<never>, { readonly kind: 'unknown' }>
type Rejected = Extract<ChannelResult<never>, { readonly kind: 'rejected' }>

export const ok = <Value>(value: Value): ChannelResult<Value> => ({ kind: 'ok', value })
export const unknown = (because: string): Unknown => ({ kind: 'unknown', because })
export const rejected = (code: string, detail: string): Rejected => ({ kind: 'rejected', code, detail: detail.slice(0, 200) })

/**
 * Runs a call, for at most `timeoutMs` in all: an SDK's own time-out counts anew for connecting, headers and body.
 * What it throws is `unknown`; of the error only a code or a name is told, as SDKs put signatures and whole answers into
 * their messages.
 */
export async function answerOf<Answer>(clock: Clock, timeoutMs: number, work: () => Promise<Answer>): Promise<Answer | Unknown> {
  try {
    return await valueInTime(clock, timeoutMs, work(), unknown(`no answer within ${timeoutMs} ms`))
  } catch (error) {
    return unknown(`the call failed: ${nameOf(error)}`)
  }
}

/** The code (`ECONNREFUSED`) or else the class of the innermost error. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.cause instanceof Error) return nameOf(error.cause)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return /^[A-Z_0-9]{3,40}$/.test(code) ? code : error.name
}

/** Numbers that both platforms take. Nothing else may get into a path or a signed text. */
const numberPattern = /^[0-9A-Za-z_]{6,32}$/

const maxFen = 100_000_000_00

/**
 * Why a call is not even sent: nothing has been done at the platform. Undefined: it can be sent.
 *
 * These are mistakes of the caller; a query would settle nothing.
 */
export function mistakeIn(numbers: readonly string[], ...amounts: readonly number[]): Rejected | undefined {
  if (!numbers.every((number) => numberPattern.test(number))) return rejected('NOT_SENT', 'a number is not 6 to 32 of 0-9 A-Z a-z _')
  const isAmount = (fen: number) => Number.isSafeInteger(fen) && fen >= 1 && fen <= maxFen
  return amounts.every(isAmount) ? undefined : rejected('NOT_SENT', `an amount is not an integer of fen from 1 to ${maxFen}`)
}

export function mistakeInTrade(trade: NewTrade, sold: readonly Product[]): Rejected | undefined {
  if (!sold.includes(trade.product)) return rejected('NOT_SENT', `the product ${trade.product} is another channel's`)
  return mistakeIn([trade.paymentId], trade.amountFen)
}

export function mistakeInRefund({ paymentId, refundId, amountFen, totalFen }: NewRefund): Rejected | undefined {
  if (amountFen > totalFen) return rejected('NOT_SENT', 'the refund is more than the trade')
  return mistakeIn([paymentId, refundId], amountFen, totalFen)
}

/**
 * Text for people at the platform: letters, digits and harmless punctuation, other things as a blank, at most
 * `maxCharacters`. Quotes break Alipay's forms, commas its bills, it refuses what has `/`, `=` or `&` in it, and neither
 * platform stores what is beyond the basic plane (emoji).
 */
export function plainText(text: string, maxCharacters: number): string {
  const plain = text.replace(/[^\p{L}\p{N}.·_()（）:：、。-]|[\u{10000}-\u{10ffff}]/gu, ' ').replace(/ +/g, ' ')
  return plain.trim().slice(0, maxCharacters).trim() || '-'
}
