export { createOrderService, orderSchema, type OrderService, type OrderServiceOptions } from './service.ts'
export { createDemoFaults, shareDemoFaults, type DemoFaults } from './faults.ts'
export { queueGroup, type QueueLimits } from './queue.ts'
export { mayMove, nextStates, type CancelReason, type OrderState } from './states.ts'
