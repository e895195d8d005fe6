import type { Clock } from '../time/index.ts'
import type { CallOptions, Client, Reply, Rpc, ServiceDefinition } from './port.ts'

export type CallFate = 'pass' | 'lose_request' | 'lose_reply'

export interface FaultsOptions {
  readonly clock: Clock
  /** Asked for every call. */
  readonly fateOf: (service: string, method: string) => CallFate
  /** How long a caller waits for what was lost; never longer than its deadline. */
  readonly giveUpAfterMs: number
}

type AnyCall = (request: never, options: CallOptions) => Promise<Reply<never>>

/** Loses requests and replies on purpose: the callee did nothing, or did it and nobody heard. Both look the same. */
export function withFaults(rpc: Rpc, { clock, fateOf, giveUpAfterMs }: FaultsOptions): Rpc {
  const giveUp = async ({ deadlineAt }: CallOptions): Promise<Reply<never>> => {
    await clock.sleep(Math.max(0, Math.min(giveUpAfterMs, deadlineAt - clock.now())))
    return { kind: 'unknown', because: 'deadline' }
  }
  const faulty =
    (service: string, method: string, call: AnyCall): AnyCall =>
    async (request, options) => {
      const fate = fateOf(service, method)
      if (fate === 'lose_request') return giveUp(options)
      const reply = await call(request, options)
      return fate === 'pass' ? reply : giveUp(options)
    }
  return {
    provide: rpc.provide,
    client: <Service extends ServiceDefinition>(service: Service, instance?: string): Client<Service> => {
      const calls = Object.entries(rpc.client(service, instance)) as [string, AnyCall][]
      return Object.fromEntries(calls.map(([method, call]) => [method, faulty(service.fullName, method, call)])) as Client<Service>
    },
  }
}
