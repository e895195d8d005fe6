export interface DemoUser {
  readonly userId: string
  readonly balanceFen: number
}

export interface DemoCoupon {
  readonly couponId: string
  readonly userId: string
  readonly discountFen: number
  readonly minimumSpendFen?: number
  readonly expiresAt?: number
}

const userCount = 1_000
/** Midnight in Shanghai: a fixed day, so that the same coupon imported tomorrow is the same coupon. */
const seasonEndsAt = Date.UTC(2035, 11, 31, 16)

interface CouponKind {
  readonly name: string
  /** Every n-th user owns one. */
  readonly everyNthUser: number
  readonly discountFen: number
  readonly minimumSpendFen?: number
  readonly expiresAt?: number
}

const couponKinds: readonly CouponKind[] = [
  { name: 'welcome', everyNthUser: 1, discountFen: 1_000, minimumSpendFen: 5_000 },
  { name: 'season', everyNthUser: 2, discountFen: 5_000, minimumSpendFen: 30_000, expiresAt: seasonEndsAt },
  { name: 'tea', everyNthUser: 5, discountFen: 2_000, expiresAt: seasonEndsAt },
  { name: 'grand', everyNthUser: 20, discountFen: 50_000, minimumSpendFen: 200_000 },
]

const ordinal = (index: number): string => String(index).padStart(4, '0')

/**
 * From nothing up to 9,960 yuan, spread by a fixed stride that is coprime to 250, so that neighbours differ and nobody's
 * balance depends on anything but their number. The first user is well off: examples use them.
 */
function balanceFenOf(index: number): number {
  return index === 1 ? 1_000_000 : ((index * 137) % 250) * 4_000
}

const userIndexes = Array.from({ length: userCount }, (_, offset) => offset + 1)

/** `user-0001` to `user-1000`. */
export const demoUsers: readonly DemoUser[] = userIndexes.map((index) => ({
  userId: `user-${ordinal(index)}`,
  balanceFen: balanceFenOf(index),
}))

/** `welcome-0001` belongs to `user-0001`, and so on. */
export const demoCoupons: readonly DemoCoupon[] = couponKinds.flatMap(({ name, everyNthUser, ...terms }) =>
  userIndexes
    .filter((index) => (index - 1) % everyNthUser === 0)
    .map((index) => ({ couponId: `${name}-${ordinal(index)}`, userId: `user-${ordinal(index)}`, ...terms })),
)
