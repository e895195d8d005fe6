import type { NotificationFact } from '@suanpan/channels'
import type { Notification, ReceiveNotificationsRequest, ReceiveNotificationsResponse } from '@suanpan/contracts/payment'
import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'
import type { Ledger } from './ledger.ts'
import { channelName } from './messages.ts'
import { inbox, type InboxRow } from './tables.ts'

export interface IntakeOptions {
  readonly store: Store
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly sweepEveryMs: number
}

export interface Intake {
  /** Answers once every notification is durable; they take effect right after, and after a crash at the next start. */
  receive(request: ReceiveNotificationsRequest): Promise<ReceiveNotificationsResponse>
  /** Settles what a process left behind that died between durable and settled. Its end waits for what is being settled. */
  readonly sweeper: Repetition
}

/** What is younger than this is most likely being settled by the process that received it. */
const leftBehindAfterMs = 2_000

/** Rows looked at in one sweep; a longer list is taken up again at the next. */
const sweepSize = 1_000

export function createIntake({ store, ledger, clock, log, sweepEveryMs }: IntakeOptions): Intake {
  const underWay = new Set<Promise<void>>()

  /** Never rejects. */
  function settle({ inboxId, paymentId }: Pick<InboxRow, 'inboxId' | 'paymentId'>): Promise<void> {
    const settling: Promise<void> = ledger
      .state({ inboxId, at: clock.now() })
      .then(
        () => {},
        (error: unknown) => log.warn({ error, notification: inboxId, payment: paymentId }, 'a notification was kept but not settled; it is taken up again'),
      )
      .finally(() => underWay.delete(settling))
    underWay.add(settling)
    return settling
  }

  const sweeper = repeat({
    clock,
    everyMs: sweepEveryMs,
    run: async () => {
      const sql = "SELECT * FROM payment_inbox WHERE state = 'received' AND received_at < $1 ORDER BY received_at LIMIT $2"
      const left = await store.read.query(sql, [clock.now() - leftBehindAfterMs, sweepSize])
      await Promise.all(left.map((row) => settle(inbox.fromSql(row))))
    },
    onError: (error) => log.warn({ error }, 'the inbox could not be read; it is read again'),
  })

  return {
    receive: async ({ notifications }) => {
      const receivedAt = clock.now()
      const rows = notifications.map((notification) => toRow(notification, receivedAt))
      await store.transact(async (tx) => tx.insertMissing(inbox, rows))
      // Nobody waits for this: the platform has its answer now.
      for (const row of rows) void settle(row)
      return {}
    },
    sweeper: {
      start: sweeper.start,
      stop: async () => {
        await sweeper.stop()
        await Promise.all(underWay)
      },
    },
  }
}

/** Throws for what no verified notification can be: the caller is told that nothing was kept. */
function toRow(notification: Notification, receivedAt: number): InboxRow {
  const channel = channelName(notification.channel)
  if (channel === undefined) throw new Error('a notification of no channel')
  return {
    inboxId: `${channel}:${notification.notificationId}`,
    channel,
    paymentId: notification.paymentId,
    fact: factOf(notification),
    receivedAt,
    state: 'received',
    settledAt: 0,
  }
}

function factOf({ paymentId, trade, refund }: Notification): NotificationFact {
  if (trade !== undefined) {
    const { tradeNo, amountFen, currency, paidAt } = trade
    switch (trade.state) {
      case 'TRADE_STATE_PAID':
        return { kind: 'trade', paymentId, trade: { state: 'paid', tradeNo, amountFen, currency, paidAt } }
      case 'TRADE_STATE_CLOSED':
        return { kind: 'trade', paymentId, trade: { state: 'closed' } }
      case 'TRADE_STATE_UNPAID':
        return { kind: 'trade', paymentId, trade: { state: 'unpaid' } }
      case 'TRADE_STATE_UNSPECIFIED':
        throw new Error(`a notification about trade ${paymentId} without its state`)
    }
  }
  if (refund === undefined) throw new Error(`a notification about trade ${paymentId} that says nothing`)
  const { refundId, amountFen } = refund
  switch (refund.state) {
    case 'REFUND_STATE_DONE':
      return { kind: 'refund', paymentId, refundId, refund: { state: 'done', amountFen } }
    case 'REFUND_STATE_PROCESSING':
      return { kind: 'refund', paymentId, refundId, refund: { state: 'processing' } }
    case 'REFUND_STATE_CLOSED':
      return { kind: 'refund', paymentId, refundId, refund: { state: 'closed' } }
    case 'REFUND_STATE_ABNORMAL':
      return { kind: 'refund', paymentId, refundId, refund: { state: 'abnormal' } }
    case 'REFUND_STATE_UNSPECIFIED':
      throw new Error(`a notification about refund ${refundId} without its state`)
  }
}
