export type { Bus, DeadLetter, DeliveredMessage, MessageTrace, OutgoingMessage, Published, Subscription, Verdict } from './port.ts'
export type { RetryDelaysMs } from './outcome.ts'
export { busSchema, createStoreBus, type StoreBusOptions } from './store-bus.ts'
