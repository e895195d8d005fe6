import type { Dice } from './random.ts'

/** What kind of day it is: drawn from the seed, so that some runs are all crashes and others all races. */
export interface SwarmOptions {
  readonly requestLost: number
  readonly replyLost: number
  /** A request arrives after its caller has given up, at a server whose clock is behind. */
  readonly requestLate: number
  readonly requestDoubled: number
  readonly commitUnknown: number
  readonly messageDoubled: number
  readonly crashes: number
  /** On days with crashes: a payment service that has just acknowledged a notification crashes. */
  readonly diesAcknowledging: number
  readonly placings: number
  readonly users: number
  readonly skus: number
  /** Units of each SKU. */
  readonly stock: number
  readonly balanceFen: number
  readonly coupons: number
  readonly asyncShare: number
  readonly cancelShare: number
  readonly duplicateShare: number
  readonly respondWithinMs: number
  readonly sweepEveryMs: number
  readonly notifyLost: number
  readonly notifyDoubled: number
  readonly notifyLate: number
  /** At each look of the platforms: how likely an unpaid trade is said to be paid with one fen. */
  readonly mispricedShare: number
  readonly payShare: number
  /** Pays a second time, perhaps over the other channel. */
  readonly payTwiceShare: number
  readonly refundShare: number
  /** Refunds that are asked for several times at the same moment, with one key and different bodies. */
  readonly rivalShare: number
  /** Refunds that WeChat Pay takes, and ends without giving anything back. */
  readonly refundClosed: number
  /** Orders that have everything taken, and cannot be confirmed. */
  readonly confirmFails: number
}

export function drawOptions(dice: Dice): SwarmOptions {
  const sometimes = (probability: number, most: number): number => (dice.chance(probability) ? dice.random() * most : 0)
  const crashes = dice.chance(0.6) ? dice.integer(1, 6) : 0
  return {
    requestLost: sometimes(0.5, 0.2),
    replyLost: sometimes(0.5, 0.2),
    requestLate: sometimes(0.5, 0.2),
    requestDoubled: sometimes(0.5, 0.2),
    commitUnknown: sometimes(0.4, 0.1),
    messageDoubled: sometimes(0.5, 0.4),
    crashes,
    diesAcknowledging: crashes > 0 ? sometimes(0.5, 0.5) : 0,
    placings: dice.integer(6, 16),
    users: dice.integer(1, 4),
    skus: dice.integer(1, 3),
    stock: dice.integer(1, 12),
    balanceFen: dice.pick([0, 5_000, 20_000, 1_000_000]),
    coupons: dice.integer(0, 8),
    asyncShare: dice.pick([0, 0.3, 0.6]),
    cancelShare: dice.pick([0, 0.3, 0.6]),
    duplicateShare: dice.pick([0, 0.3, 0.6]),
    respondWithinMs: dice.pick([100, 1_000, 2_500]),
    sweepEveryMs: dice.pick([100, 500, 4_000]),
    notifyLost: dice.pick([0, 0, 0.3, 1]),
    notifyDoubled: sometimes(0.5, 0.5),
    notifyLate: sometimes(0.5, 0.5),
    mispricedShare: sometimes(0.2, 0.1),
    payShare: dice.pick([0, 0.7, 1]),
    payTwiceShare: dice.pick([0, 0.3, 0.7]),
    refundShare: dice.pick([0, 0.3, 0.7]),
    rivalShare: sometimes(0.5, 0.8),
    confirmFails: sometimes(0.3, 0.5),
    refundClosed: sometimes(0.9, 0.9),
  }
}

/** The same day with everything in order: what was set in motion comes to rest. */
export function withoutFaults(options: SwarmOptions): SwarmOptions {
  return {
    ...options,
    requestLost: 0,
    replyLost: 0,
    requestLate: 0,
    requestDoubled: 0,
    commitUnknown: 0,
    messageDoubled: 0,
    crashes: 0,
    diesAcknowledging: 0,
    sweepEveryMs: 500,
    notifyLost: 0,
    notifyDoubled: 0,
    notifyLate: 0,
    mispricedShare: 0,
    confirmFails: 0,
    refundClosed: 0,
  }
}
