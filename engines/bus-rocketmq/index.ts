/** The runtime's bus over RocketMQ. See README.md. */
export { createRocketMqBus, rocketMqBusSchema, type RocketMqBus, type RocketMqBusOptions } from './bus.ts'
export { brokerRetries } from './consumer.ts'
export { topicsAndGroups, type BrokerNeeds } from './names.ts'
export type { BusFigures } from './inspection.ts'
