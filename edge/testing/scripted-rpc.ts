import type { CallOptions, Client, Reply, Rpc, ServiceDefinition } from '@suanpan/runtime/rpc'

/** A call that the edge made. */
export interface Call {
  readonly method: string
  readonly request: unknown
  readonly options: CallOptions
}

export interface ScriptedRpc {
  readonly rpc: Rpc
  /** In order of time. */
  readonly calls: Call[]
  /** From now on this method of whichever service answers so. */
  answer(method: string, reply: Reply<unknown>): void
}

/** Services that answer what a test says. A method without a script fails the test that calls it. */
export function scriptedRpc(): ScriptedRpc {
  const replies = new Map<string, Reply<unknown>>()
  const calls: Call[] = []

  function call(method: string) {
    return async (request: unknown, options: CallOptions): Promise<Reply<unknown>> => {
      calls.push({ method, request, options })
      const reply = replies.get(method)
      if (reply === undefined) throw new Error(`nothing is scripted for ${method}`)
      return reply
    }
  }
  return {
    calls,
    answer: (method, reply) => void replies.set(method, reply),
    rpc: {
      provide: () => {},
      client: <Service extends ServiceDefinition>({ methods }: Service) =>
        Object.fromEntries(Object.keys(methods).map((method) => [method, call(method)])) as Client<Service>,
    },
  }
}
