import { createDemoFaults, createOrderService, type DemoFaults, type OrderService } from '@suanpan/order'
import type { Bus } from '@suanpan/runtime/bus'
import { createIds } from '@suanpan/runtime/ids'
import type { Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import { silentLog, type Marks } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import { times } from './limits.ts'

export interface OrderServiceSetting {
  readonly store: Store
  readonly bus: Bus
  readonly rpc: Rpc
  readonly clock: Clock
  readonly random: Random
  readonly marks: Marks
  readonly sweepEveryMs: number
  /** How likely an order cannot be confirmed, at this moment. */
  readonly confirmFails: () => number
  readonly queue: { readonly maxWaiting: number; readonly ordersPerSecond: number }
}

/** The real order service with the simulation's times. */
export function simulatedOrderService(setting: OrderServiceSetting): OrderService {
  const { clock, random, confirmFails, ...rest } = setting
  const faults: DemoFaults = {
    ...createDemoFaults(random),
    get current() {
      return { confirmFails: confirmFails(), requestLost: 0, replyLost: 0 }
    },
  }
  return createOrderService({
    ...times,
    ...rest,
    clock,
    random,
    ids: createIds({ clock, random }),
    log: silentLog,
    faults,
    maxUnderWay: 100,
    maxBatch: 20,
  })
}
