/** How long to wait before a platform is asked again. In each list the last pause repeats. */
export interface Pauses {
  /** Before the first question about an attempt, between the first and the second, and so on. */
  readonly queryMs: readonly number[]
  /** After a refund was asked for, and between two questions about it. */
  readonly refundMs: readonly number[]
  /** So long after a refund was asked for, a platform that does not know it may only not have heard of it yet. */
  readonly refundUnheardMs: number
  /** So long after its time a trade may still be paid: clocks of two companies differ, and platforms round to seconds. */
  readonly expiryMarginMs: number
}

/**
 * The first question comes within a minute, the others back off. Refunds: Alipay wants about ten seconds before the first
 * question, WeChat Pay takes minutes at times.
 */
export const usualPauses: Pauses = {
  queryMs: [30_000, 60_000, 120_000, 240_000, 480_000, 600_000],
  refundUnheardMs: 5 * 60_000,
  refundMs: [10_000, 30_000, 60_000, 120_000, 300_000, 600_000],
  expiryMarginMs: 5_000,
}

export function pauseAfter(pausesMs: readonly number[], tries: number): number {
  return pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0
}

/** When a trade can surely not be paid any more. */
export function overAt({ expiresAt }: { readonly expiresAt: number }, { expiryMarginMs }: Pauses): number {
  return expiresAt + expiryMarginMs
}

/** When to ask about an open attempt again; once its time is over, at once. */
export function nextQueryAt(payment: { readonly expiresAt: number; readonly queries: number }, now: number, pauses: Pauses): number {
  const next = now + pauseAfter(pauses.queryMs, payment.queries)
  const end = overAt(payment, pauses)
  return end > now ? Math.min(next, end) : next
}
