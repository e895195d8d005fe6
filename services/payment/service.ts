import type { Channel, ChannelName } from '@suanpan/channels'
import type { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import type { PaymentServiceDefinition } from '@suanpan/contracts/payment'
import type { Bus, Subscription } from '@suanpan/runtime/bus'
import type { Ids } from '@suanpan/runtime/ids'
import type { Implementation, Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { createAttention, type Attention } from './attention.ts'
import { checkBooks, listEffects } from './books.ts'
import { withReasonsLogged } from './channel-log.ts'
import { createClosing } from './closing.ts'
import { createCreatePayment } from './create.ts'
import { createInboxPruner } from './inbox-pruner.ts'
import { createInquiry } from './inquiry.ts'
import { createIntake } from './intake.ts'
import { createLedger } from './ledger.ts'
import type { Pauses } from './pauses.ts'
import { createPoller } from './poller.ts'
import { createQuarantine } from './quarantine.ts'
import { getOrderPayments, getPayment } from './reads.ts'
import { createReconciliation } from './reconcile.ts'
import { createRefundAsking } from './refund-asking.ts'
import { createRefundDesk } from './refund-desk.ts'

/** The numbered SQL files of this service. */
export const paymentSchema = new URL('./schema/', import.meta.url)

export interface PaymentServiceOptions {
  readonly store: Store
  readonly bus: Bus
  /** Reaches the order service. */
  readonly rpc: Rpc
  /** Those that are configured. */
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly marks: Marks
  /** How long one call to another service may take. */
  readonly callTimeoutMs: number
  /** How often to look for payments and refunds that platforms have to be asked about. */
  readonly askEveryMs: number
  /** How often to look for notifications that a dead process left behind. */
  readonly sweepEveryMs: number
  /** The least time that a customer has to pay at a platform. */
  readonly minimumPayMs: number
  readonly pauses: Pauses
  /** Notifications and answers settled in one transaction. */
  readonly maxBatch: number
  readonly maxQueued: number
  /** How long they collect behind a batch, so that under load the thread is left to those that wait for their answer. */
  readonly collectMs: number
}

export interface PaymentService {
  readonly implementation: Implementation<typeof PaymentServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
  readonly attention: Attention
  /** What works by itself: the poller, what asks for refunds, the inbox's sweeper and pruner, the daily reconciliation. */
  start(): void
  /** Lets what is under way finish. */
  stop(): Promise<void>
}

export function createPaymentService(options: PaymentServiceOptions): PaymentService {
  const { store, bus, rpc, clock, ids, log, marks, callTimeoutMs, askEveryMs, sweepEveryMs, minimumPayMs, pauses, maxBatch, maxQueued, collectMs } = options
  const channels = withReasonsLogged(options.channels, log, clock)
  const ledger = createLedger({ store, bus, clock, marks, maxBatch, maxQueued, collectMs })
  const inquiry = createInquiry({ channels, ledger, clock, log, pauses })
  const intake = createIntake({ store, ledger, clock, log, sweepEveryMs })
  const asking = createRefundAsking({ store, channels, ledger, clock, log, marks, everyMs: askEveryMs, pauses })
  const pollers = [...channels.keys()].map((channel) => createPoller(channel, { store, inquiry, clock, log, everyMs: askEveryMs, pauses }))
  const quarantine = createQuarantine({ store, bus, ledger, inquiry, asking, clock })
  const reconciliation = createReconciliation({ store, bus, rpc, channels, ledger, inquiry, asking, clock, log, callTimeoutMs })
  const pruner = createInboxPruner({ store, clock, onError: (error) => log.warn({ error }, 'the inbox could not be pruned; it is tried again') })
  const workers = [intake.sweeper, pruner, ...asking.workers, ...pollers, reconciliation.daily]
  return {
    implementation: {
      createPayment: createCreatePayment({ store, rpc, channels, inquiry, clock, ids, marks, callTimeoutMs, minimumPayMs, pauses }),
      getPayment: (request) => getPayment(store, request),
      getOrderPayments: (request) => getOrderPayments(store, request),
      receiveNotifications: intake.receive,
      closeOrders: createClosing({ store, inquiry, clock, log }),
      listQuarantine: quarantine.list,
      resolveQuarantine: quarantine.resolve,
      reconcile: reconciliation.reconcile,
    },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    effects: { listEffects: (request) => store.snapshot((read) => listEffects(read, clock, request)) },
    subscriptions: createRefundDesk({ store, clock, marks }),
    attention: createAttention(store, clock),
    start: () => {
      for (const worker of workers) worker.start()
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
    },
  }
}
