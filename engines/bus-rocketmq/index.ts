/** The runtime's bus over RocketMQ. See README.md. */
export { createRocketMqBus, rocketMqBusSchema, type RocketMqBusOptions } from './bus.ts'
export { topicsAndGroups, type BrokerNeeds } from './names.ts'
