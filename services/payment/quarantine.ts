import type {
  ListQuarantineRequest,
  ListQuarantineResponse,
  QuarantineEntry,
  ResolveQuarantineOutcome,
  ResolveQuarantineRequest,
  ResolveQuarantineResponse,
} from '@suanpan/contracts/payment'
import { lockOne, pageByKey, readOne } from '@suanpan/runtime/store'
import type { MendingOptions } from './mending.ts'
import { notedMessage, wireChannels } from './messages.ts'
import { isOver } from './states.ts'
import { payments, quarantine, refunds, type QuarantineRow } from './tables.ts'

/** What operators see and decide about what was signed and yet cannot be right. */
export interface Quarantine {
  list(request: ListQuarantineRequest): Promise<ListQuarantineResponse>
  resolve(request: ResolveQuarantineRequest): Promise<ResolveQuarantineResponse>
}

export function createQuarantine({ store, bus, ledger, inquiry, asking, clock }: MendingOptions): Quarantine {
  /** Whether the platform, asked again, now says how it ended, and that can be right; what it says has taken effect then. */
  async function isRightNow({ channel, paymentId, refundId }: QuarantineRow): Promise<boolean> {
    if (refundId !== '') return (await asking.askNow(refundId)) === 'settled'
    const payment = await readOne(store.read, payments, paymentId)
    // Begun over one platform and told by another: what the first one says settles nothing of it.
    if (payment?.channel !== channel) return false
    const finding = await inquiry.recheck(payment)
    // While it may still be paid, it may be paid wrongly again; and what is said again is no new entry.
    return finding === 'paid' || finding === 'closed'
  }

  /**
   * Whether the refund that this is about is settled by hand now, or was before: a process may have died before it kept the
   * decision. The ledger believes it only of what is stuck; what is none of ours is the entry that it is already.
   */
  async function isGivenBack({ channel, paymentId, refundId, reason }: QuarantineRow): Promise<boolean> {
    // That it was given back by hand is what is wrong here: it went back twice.
    if (refundId === '' || reason === 'refund_after_by_hand') return false
    const fact = { kind: 'refund_by_hand', paymentId, refundId } as const
    const outcome = await ledger.state({ channel, paymentId, fact, source: 'by hand', at: clock.now() })
    return outcome === 'refund_done' || outcome === 'already_by_hand'
  }

  /** Whether the refund that this is about is not over: somebody waits for that money, and this entry is where a person sees it. */
  async function isWaitedFor({ channel, paymentId, refundId }: QuarantineRow): Promise<boolean> {
    const refund = refundId === '' ? undefined : await readOne(store.read, refunds, refundId)
    return refund?.paymentId === paymentId && refund.channel === channel && !isOver(refund.state)
  }

  async function mayBeResolved(known: QuarantineRow, resolution: Resolution): Promise<boolean> {
    switch (resolution) {
      case 'query':
        return isRightNow(known)
      case 'by_hand':
        return isGivenBack(known)
      case 'dismiss':
        return !(await isWaitedFor(known))
    }
  }

  /** The first decision counts; the message of a second one is not sent. */
  async function keep(known: QuarantineRow, resolution: Resolution, { operator, note }: ResolveQuarantineRequest): Promise<QuarantineRow> {
    const { quarantineId } = known
    const resolved: QuarantineRow = { ...known, resolution, resolvedAt: clock.now(), resolvedBy: operator, note }
    const detail = `${resolution} by ${operator}${note === '' ? '' : `: ${note}`}`
    const message = notedMessage({ ...resolved, at: resolved.resolvedAt }, 'resolved', detail, '')
    return bus.publishIff(store, [message], async (tx) => {
      const row = await lockOne(tx, quarantine, quarantineId)
      if (row !== undefined && row.resolution !== '') return { result: row, accepted: [] }
      tx.update(quarantine, [resolved])
      return { result: resolved, accepted: [message] }
    })
  }

  return {
    list: async ({ limit, afterQuarantineId, withResolved }) => {
      const open = "SELECT * FROM payment_quarantine WHERE resolution = '' AND quarantine_id > $1 ORDER BY quarantine_id LIMIT $2"
      const rows = withResolved
        ? await pageByKey(store.read, quarantine, afterQuarantineId, limit)
        : (await store.read.query(open, [afterQuarantineId, limit])).map(quarantine.fromSql)
      return { entries: rows.map(toWire) }
    },
    resolve: async (request) => {
      const resolution = resolutionOf(request)
      const known = await readOne(store.read, quarantine, request.quarantineId)
      if (known === undefined) return { outcome: 'RESOLVE_QUARANTINE_OUTCOME_NOT_FOUND', entry: undefined }
      if (known.resolution !== '') return { outcome: repeated(known, resolution), entry: toWire(known) }
      if (!(await mayBeResolved(known, resolution))) return { outcome: 'RESOLVE_QUARANTINE_OUTCOME_STILL_WRONG', entry: toWire(known) }
      const kept = await keep(known, resolution, request)
      return { outcome: repeated(kept, resolution), entry: toWire(kept) }
    },
  }
}

type Resolution = Exclude<QuarantineRow['resolution'], ''>

/** Throws for what is no decision: nothing is changed. */
function resolutionOf({ action, quarantineId }: ResolveQuarantineRequest): Resolution {
  switch (action) {
    case 'QUARANTINE_ACTION_QUERY':
      return 'query'
    case 'QUARANTINE_ACTION_DISMISS':
      return 'dismiss'
    case 'QUARANTINE_ACTION_BY_HAND':
      return 'by_hand'
    case 'QUARANTINE_ACTION_UNSPECIFIED':
      throw new Error(`quarantine entry ${quarantineId}: the action is missing`)
  }
}

function repeated({ resolution }: QuarantineRow, wanted: Resolution): ResolveQuarantineOutcome {
  return resolution === wanted ? 'RESOLVE_QUARANTINE_OUTCOME_RESOLVED' : 'RESOLVE_QUARANTINE_OUTCOME_RESOLVED_OTHERWISE'
}

function toWire(row: QuarantineRow): QuarantineEntry {
  const { quarantineId, channel, paymentId, orderId, reason, detail, at, resolution, resolvedAt, resolvedBy, note } = row
  return { quarantineId, channel: wireChannels[channel], paymentId, orderId, reason, detail, at, resolution, resolvedAt, resolvedBy, note }
}
