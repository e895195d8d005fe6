/**
 * How many points an order's money is worth: one for each whole yuan that it was paid with, by balance and platform
 * together, rounded down per order. The points service grants by it, and the auditor holds it against the orders.
 */
export function pointsFor(paidFen: number): number {
  return Math.floor(paidFen / 100)
}

/**
 * How many of them are taken back once so much of what was paid has gone back: their share, rounded down; all of them
 * when everything has. It counts from the sum of all refunds, so that each one takes the difference to the one before,
 * and the parts come to the whole in whatever order they arrive.
 *
 * As BigInt: points times fen of a dear order does not fit into 53 bits.
 */
export function pointsTakenBack(paidFen: number, refundedFen: number): number {
  const points = pointsFor(paidFen)
  if (refundedFen === paidFen) return points
  return Number((BigInt(points) * BigInt(refundedFen)) / BigInt(paidFen))
}
