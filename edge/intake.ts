import type { ChannelNotification, NotificationFact } from '@suanpan/channels'
import { RefundState, TradeState, type Notification } from '@suanpan/contracts/payment'
import { createBatcher } from '@suanpan/runtime/batcher'
import { valueInTime, type Clock } from '@suanpan/runtime/time'
import { wireChannels } from './payments.ts'
import type { Services } from './services.ts'

/** Takes verified notifications in. */
export interface Intake {
  /**
   * True once the notification is durable. False: that is not known, or it was not taken on; the platform sends it
   * again. Answers within `answerWithinMs`, whatever the payment service does.
   */
  keep(notification: ChannelNotification): Promise<boolean>
}

/** A platform waits five seconds; a second is our promise, and this leaves a tenth of it for the way there and back. */
const answerWithinMs = 900

const maxBatch = 256
/** About what arrives at full rate while one batch takes as long as it may. */
const maxWaiting = 4_096

/** Larger batches at half of the peak, for less of the processor; more would only be waited for (docs/EXPERIMENTS.md). */
const collectMs = 2

/** While one batch is being written the next collects, so that one fsync serves all that wait for it. */
export function createIntake({ payment }: Services, clock: Clock): Intake {
  const batcher = createBatcher<Notification, boolean>({
    name: 'notifications',
    clock,
    maxItems: maxBatch,
    maxQueued: maxWaiting,
    refusal: false,
    collectMs,
    flush: async (notifications) => {
      const reply = await payment.receiveNotifications({ notifications: [...notifications] }, { deadlineAt: clock.now() + answerWithinMs })
      return notifications.map(() => reply.kind === 'answered')
    },
  })

  return {
    // Behind a batch that hangs, an answer would take as long as both: whoever waits is told in time, all the same.
    keep: (notification) => valueInTime(clock, answerWithinMs, batcher.add(toWire(notification)), false),
  }
}

const tradeStates = { unpaid: TradeState.UNPAID, closed: TradeState.CLOSED, paid: TradeState.PAID } as const

const refundStates = { processing: RefundState.PROCESSING, done: RefundState.DONE, closed: RefundState.CLOSED, abnormal: RefundState.ABNORMAL } as const

function toWire({ channel, notificationId, fact }: ChannelNotification): Notification {
  return { channel: wireChannels[channel], notificationId, paymentId: fact.paymentId, ...factsOf(fact) }
}

function factsOf(fact: NotificationFact): Pick<Notification, 'trade' | 'refund'> {
  switch (fact.kind) {
    case 'trade': {
      const { trade } = fact
      const paid = trade.state === 'paid' ? trade : { tradeNo: '', amountFen: 0, currency: '', paidAt: 0 }
      const { tradeNo, amountFen, currency, paidAt } = paid
      return { trade: { state: tradeStates[trade.state], tradeNo, amountFen, currency, paidAt }, refund: undefined }
    }
    case 'refund': {
      const { refundId, refund } = fact
      return { trade: undefined, refund: { refundId, state: refundStates[refund.state], amountFen: refund.state === 'done' ? refund.amountFen : 0 } }
    }
  }
}
