import type { Random } from '../time/index.ts'

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

function hex(random: Random, digits: number): string {
  let text = ''
  // A number has 48 random bits, twelve digits.
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0')
  return text.slice(0, digits)
}

/** A W3C trace context for work that begins here. */
export function newTraceparent(random: Random): string {
  return `00-${hex(random, 31)}1-${hex(random, 15)}1-01`
}

/** The caller's trace context if it is a valid one, else a new one. */
export function traceparentOr(given: string | undefined, random: Random): string {
  return given !== undefined && pattern.test(given) ? given : newTraceparent(random)
}
