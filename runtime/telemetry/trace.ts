import type { Random } from '../time/index.ts'

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

function hex(random: Random, digits: number): string {
  let text = ''
  // A number has 48 random bits, twelve digits; written as two small integers, which are a tenth of the work.
  while (text.length < digits) {
    const bits = random() * 2 ** 24
    const high = Math.floor(bits)
    text += sixDigits(high) + sixDigits(Math.floor((bits - high) * 2 ** 24))
  }
  return text.slice(0, digits)
}

function sixDigits(value: number): string {
  return value.toString(16).padStart(6, '0')
}

/** A W3C trace context for work that begins here. */
export function newTraceparent(random: Random): string {
  return `00-${hex(random, 31)}1-${hex(random, 15)}1-01`
}

/** The caller's trace context if it is a valid one, else a new one. */
export function traceparentOr(given: string | undefined, random: Random): string {
  return given !== undefined && pattern.test(given) ? given : newTraceparent(random)
}
