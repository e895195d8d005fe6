import type { Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'

/** What waits for a person, or soon will: for alerts. */
export interface Attention {
  /** Entries of the quarantine that nobody has decided about. */
  quarantineOpen(): Promise<number>
  /** Refunds that the platform cannot or will not do without a person. */
  refundsStuck(): Promise<number>
  /** Refunds that are neither done nor refused, so long after they were asked for. */
  refundsOverdue(): Promise<number>
}

/**
 * Of refunds that are not over, in the words of the index `payment_refund_open`: SQLite goes by it only where its condition
 * stands in the query as it is, and looks through all refunds that there ever were for any that merely follows from it.
 */
export const isOpenRefund = "state IN ('waiting', 'asked', 'stuck')"

/** By then a platform was asked eleven times (`usualPauses`), and what it takes to a wallet is there in minutes. */
export const refundOverdueAfterMs = 60 * 60_000

export function createAttention(store: Store, clock: Clock): Attention {
  async function count(where: string, ...parameters: readonly number[]): Promise<number> {
    const [row] = await store.read.query(`SELECT COUNT(*) AS many FROM ${where}`, parameters)
    return row?.['many'] as number
  }

  return {
    quarantineOpen: () => count("payment_quarantine WHERE resolution = ''"),
    refundsStuck: () => count(`payment_refund WHERE ${isOpenRefund} AND state = 'stuck'`),
    refundsOverdue: () => count(`payment_refund WHERE ${isOpenRefund} AND state <> 'stuck' AND created_at <= $1`, clock.now() - refundOverdueAfterMs),
  }
}
