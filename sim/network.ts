import type { CallOptions, Client, Reply, Rpc, ServiceDefinition } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'
import type { SwarmOptions } from './options.ts'
import type { Dice } from './random.ts'

type AnyCall = (request: never, options: CallOptions) => Promise<Reply<never>>

export interface NetworkOptions {
  /** The caller's: once it is dead, no answer reaches it. */
  readonly clock: Clock
  /** Of what is under way, which arrives though its caller be dead. */
  readonly wire: Clock
  readonly dice: Dice
  readonly options: () => SwarmOptions
  /** The rpc of the node that provides this service, while it is up. */
  readonly provider: (service: ServiceDefinition, instance: string | undefined) => Rpc | undefined
  readonly note: (what: string) => void
}

/** How far a server's clock may be behind: a call that is too late for its caller looks in time to it. */
const clockSkewMs = 60_000

/** Calls between nodes: slow, lost, late, doubled, out of order, or answered into the void. Everything through the codec. */
export function createNetwork({ clock, wire, dice, options, provider, note }: NetworkOptions): Pick<Rpc, 'client'> {
  return {
    client: <Service extends ServiceDefinition>(service: Service, instance?: string): Client<Service> => {
      const methods = Object.keys(service.methods).map((method) => [method, carry(service, instance, method)])
      return Object.fromEntries(methods) as Client<Service>
    },
  }

  function carry(service: ServiceDefinition, instance: string | undefined, method: string): AnyCall {
    return (request, { deadlineAt, traceparent = '' }) =>
      new Promise((resolve) => {
        const { requestLost, requestLate, requestDoubled } = options()
        clock.after(deadlineAt - clock.now(), () => resolve({ kind: 'unknown', because: 'deadline' }))
        const answer = (reply: Reply<never>): void => void clock.after(dice.integer(1, 20), () => resolve(reply))
        const deliver = (delayMs: number): void => {
          wire.after(delayMs, () => void arrive(service, instance, method, request, { deadlineAt: deadlineAt + clockSkewMs, traceparent }).then(answer))
        }
        if (dice.chance(requestLost)) return note(`a request is lost: ${service.fullName}.${method}`)
        if (dice.chance(requestDoubled)) deliver(dice.integer(0, 1_500))
        if (dice.chance(requestLate)) {
          note(`a request is late: ${service.fullName}.${method}`)
          return deliver(dice.integer(400, 4_000))
        }
        deliver(dice.integer(1, 20))
      })
  }

  async function arrive(
    service: ServiceDefinition,
    instance: string | undefined,
    method: string,
    request: never,
    callOptions: CallOptions,
  ): Promise<Reply<never>> {
    const target = provider(service, instance)
    if (target === undefined) return { kind: 'not_processed', because: 'unreachable' }
    const call = (target.client(service, instance) as unknown as { readonly [name: string]: AnyCall })[method]
    if (call === undefined) throw new Error(`${service.fullName} has no ${method}`)
    const reply = await call(request, callOptions)
    if (dice.chance(options().replyLost)) {
      note(`a reply is lost: ${service.fullName}.${method}`)
      return new Promise(() => {})
    }
    return reply
  }
}
