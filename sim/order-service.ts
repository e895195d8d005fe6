import { createDemoFaults, createOrderService, type OrderService } from '@suanpan/order'
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
  readonly queue: { readonly maxWaiting: number; readonly ordersPerSecond: number }
}

/** The real order service with the simulation's times. */
export function simulatedOrderService(setting: OrderServiceSetting): OrderService {
  const { clock, random } = setting
  return createOrderService({
    ...times,
    ...setting,
    ids: createIds({ clock, random }),
    log: silentLog,
    faults: createDemoFaults(random),
    maxUnderWay: 100,
    maxBatch: 20,
  })
}
