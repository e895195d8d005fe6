/** The shop's times, shortened so that a day of trouble fits into half a minute of virtual time. */
export const times = {
  unpaidTimeoutMs: 6_000,
  sagaDeadlineMs: 3_000,
  queuedDeadlineMs: 8_000,
  callTimeoutMs: 400,
  closeTimeoutMs: 400,
  closeAgain: { firstMs: 500, longestMs: 4_000 },
  collectMs: 5,
  pollEveryMs: 1_000,
  // Long enough, together, for every crash to be over: no message may end as a dead letter.
  retryDelaysMs: Array.from({ length: 40 }, () => 500),
  /** Of the payment service. */
  // Half an order's time: a trade begun late outlives its order, and has to be closed at the platform.
  minimumPayMs: 3_000,
  pauses: { queryMs: [1_000, 2_000, 3_000], refundMs: [500, 1_000, 2_000], refundUnheardMs: 1_500, expiryMarginMs: 200 },
} as const

/** While faults are on. */
export const troubleMs = 12_000

/** After which everything must have come to rest: the longest of all times, and the retries of the last message. */
export const restMs = 18_000
