import { valueInTime, type Clock } from '../time/index.ts'
import { methodName, type WireCall, type WireReply } from './dispatch.ts'
import { encoderOf } from './encoder.ts'
import type { CallOptions, Client, Codec, MethodDefinition, Reply, ServiceDefinition } from './port.ts'

/** Carries one call to where its service lives. Never rejects. */
export type Send = (call: WireCall) => Promise<WireReply>

/** After the deadline nobody knows whether the call had its effect. */
const late: WireReply = { kind: 'unknown', because: 'deadline' }

/** The calling half of every engine: encodes, sends, waits no longer than the deadline, decodes. */
export function createClient<Service extends ServiceDefinition>(service: Service, instance: string | undefined, clock: Clock, send: Send): Client<Service> {
  const entries = Object.entries(service.methods).map(([key, method]) => [key, caller(method, methodName(service, method, instance), clock, send)])
  return Object.fromEntries(entries) as Client<Service>
}

function caller(method: MethodDefinition, name: string, clock: Clock, send: Send) {
  const encode = encoderOf(method.requestType as Codec<unknown>)
  return async (request: unknown, { deadlineAt, traceparent = '' }: CallOptions): Promise<Reply<unknown>> => {
    const body = encode(request)
    const reply = await valueInTime(clock, deadlineAt - clock.now(), send({ method: name, deadlineAt, traceparent, body }), late)
    return reply.kind === 'answered' ? { kind: 'answered', response: method.responseType.decode(reply.body) } : reply
  }
}
