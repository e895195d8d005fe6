import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { LogServiceDefinition } from '@suanpan/contracts/log'
import { OperationsServiceDefinition } from '@suanpan/contracts/operations'
import { OrderServiceDefinition } from '@suanpan/contracts/order'
import { PaymentServiceDefinition } from '@suanpan/contracts/payment'
import { PointsServiceDefinition } from '@suanpan/contracts/points'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import type { OutcomeCode } from '@suanpan/contracts/outcomes'
import type { CallOptions, Client, Reply, Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'
import { Problem } from './problems.ts'

/** Everything that the edge asks. */
export interface Services {
  readonly catalog: Client<typeof CatalogServiceDefinition>
  readonly inventory: Client<typeof InventoryServiceDefinition>
  readonly coupon: Client<typeof CouponServiceDefinition>
  readonly user: Client<typeof UserServiceDefinition>
  readonly points: Client<typeof PointsServiceDefinition>
  readonly order: Client<typeof OrderServiceDefinition>
  readonly payment: Client<typeof PaymentServiceDefinition>
  readonly log: Client<typeof LogServiceDefinition>
  readonly operations: Client<typeof OperationsServiceDefinition>
  /** How long an ordinary question may take. */
  ask(): CallOptions
  /** How long a question may take behind which a payment platform is asked. */
  askPlatform(): CallOptions
}

const askTimeoutMs = 5_000

/** A platform is asked several times for one answer (query, close, query), each within some five seconds. */
const askPlatformTimeoutMs = 20_000

/** `operations`: where they are asked, unless one program answers for all services. */
export function connectServices(rpc: Rpc, clock: Clock, operations?: Services['operations']): Services {
  return {
    catalog: rpc.client(CatalogServiceDefinition),
    inventory: rpc.client(InventoryServiceDefinition),
    coupon: rpc.client(CouponServiceDefinition),
    user: rpc.client(UserServiceDefinition),
    points: rpc.client(PointsServiceDefinition),
    order: rpc.client(OrderServiceDefinition),
    payment: rpc.client(PaymentServiceDefinition),
    log: rpc.client(LogServiceDefinition),
    operations: operations ?? rpc.client(OperationsServiceDefinition),
    ask: () => ({ deadlineAt: clock.now() + askTimeoutMs }),
    askPlatform: () => ({ deadlineAt: clock.now() + askPlatformTimeoutMs }),
  }
}

/** What `answered` may answer instead. */
export const unanswered: readonly OutcomeCode[] = ['overloaded', 'unavailable']

/** The response, or a `Problem` that says whether anything can have happened. */
export function answered<Response>(reply: Reply<Response>): Response {
  switch (reply.kind) {
    case 'answered':
      return reply.response
    case 'not_processed':
      throw new Problem('overloaded', 'the services did not take the request on; it has begun nothing', { retryAfterSeconds: 1 })
    case 'unknown':
      throw new Problem('unavailable', 'the services did not answer in time; repeat the request to learn what became of it', { retryAfterSeconds: 1 })
  }
}
