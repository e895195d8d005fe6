import { EffectsServiceDefinition, type Effect } from '@suanpan/contracts/audit'
import { OrderServiceDefinition, type OrderFacts } from '@suanpan/contracts/order'
import type { Reply, Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'
import { effectHolders, type EffectHolder } from './rules.ts'

/** Rows by order id: a page of them, or certain ones. Both reject with `Unreachable`. */
export interface Source<Row> {
  page(afterOrderId: string, limit: number): Promise<readonly Row[]>
  some(orderIds: readonly string[]): Promise<readonly Row[]>
}

export interface Sources {
  readonly orders: Source<OrderFacts>
  readonly effects: { readonly [Holder in EffectHolder]: Source<Effect> }
}

/** A service did not answer: what it holds is not known, and nothing can be said to be right. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

export function createSources(rpc: Rpc, clock: Clock, timeoutMs: number): Sources {
  const options = () => ({ deadlineAt: clock.now() + timeoutMs })
  const orders = rpc.client(OrderServiceDefinition)
  const effectsOf = (holder: EffectHolder): Source<Effect> => {
    const client = rpc.client(EffectsServiceDefinition, holder)
    const list = async (afterOrderId: string, limit: number, orderIds: readonly string[]) =>
      answered(holder, await client.listEffects({ afterOrderId, limit, orderIds: [...orderIds] }, options())).effects
    return { page: (after, limit) => list(after, limit, []), some: (ids) => list('', 0, ids) }
  }
  const facts = async (afterOrderId: string, limit: number, orderIds: readonly string[]) =>
    answered('order', await orders.listFacts({ afterOrderId, limit, orderIds: [...orderIds] }, options())).facts
  return {
    orders: { page: (after, limit) => facts(after, limit, []), some: (ids) => facts('', 0, ids) },
    effects: Object.fromEntries(effectHolders.map((holder) => [holder, effectsOf(holder)])) as Sources['effects'],
  }
}

export function answered<Response>(service: string, reply: Reply<Response>): Response {
  if (reply.kind === 'answered') return reply.response
  throw new Unreachable(`${service} did not answer (${reply.kind}: ${reply.because})`)
}
