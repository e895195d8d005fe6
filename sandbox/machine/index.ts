/**
 * How to drive it, without the sandbox's HTTP as well: hold an `emptyPlatform()`. Every operation is
 * `(platform, …, now) → { answer, changes }`; hand the changes to `applyChanges` (and keep them) before the answer is used.
 * As time passes, run `settleDueRefund` and `endDueTrade` until they answer `false`, and send what `takeDue` answers; tell
 * `recordDelivery` what came back. `nextDueAt` and `nextEndAt` say when there is something to do.
 */
export { channels, type Channel, type Product } from './channel.ts'
export type { Desk, Notification, NotificationEvent, Offer, Refund, Row, Terms, Trade, Try } from './rows.ts'
export { applyChanges, emptyPlatform, tradeKey, type Change, type Decision, type Platform } from './platform.ts'
export { close, findTrade, makeOffer, pay, scan, withdraw, type CloseAnswer, type OfferAnswer, type PayAnswer, type ScanAnswer } from './trades.ts'
export { refund, refundKey, type RefundAnswer, type RefundRequest } from './refunds.ts'
export { recordDelivery, resend, takeDue, type Delivery } from './notifications.ts'
export { judge, type DeliveryAnswer, type Verdict } from './acknowledgement.ts'
export { operations, signatureFaults, type ApiFault, type Fault, type FaultRequest, type NotifyFault, type Operation, type SignatureFault } from './faults.ts'
export { addFault, clearFaults, takeApiFault } from './striking.ts'
export { endDueTrade, nextDueAt, nextEndAt, settleDueRefund } from './passing-time.ts'
export { billOfDay, type BillLine } from './bills.ts'
export { answerWithinMs, refundPauseMs } from './schedules.ts'
export {
  billReadyAt,
  chinaDate,
  chinaTime,
  chinaTimeIso,
  endOfDay,
  moved,
  readChinaTime,
  realDelayMs,
  startOfDay,
  virtualNow,
  type VirtualClock,
} from './clock.ts'
