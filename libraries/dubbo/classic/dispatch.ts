import { reasonOf } from '@suanpan/runtime/reason'
import type { Clock } from '@suanpan/runtime/time'
import { NotBegun, ServiceError, type CallContext } from '../call.ts'
import { HessianError } from '../hessian/index.ts'
import { serviceName, type ServiceKey } from '../registry/url.ts'
import type { Traffic } from '../traffic.ts'
import { headBytes, hessian2, heartbeatAnswer, statuses, type Frame } from './frames.ts'
import { decodeCall, encodeException, encodeFailure, encodeValue, type CallMessage } from './messages.ts'
import { accepts, descriptorOf, writeResult } from './plain-interface.ts'
import type { PlainService, ProvidedPlainMethod } from './service.ts'

export interface ClassicDispatcherOptions {
  readonly services: readonly PlainService[]
  readonly clock: Clock
  readonly traffic: Traffic
  /** A longer answer would cost the consumer its connection, and every call on it. */
  readonly maxBodyBytes: number
}

/** Frames in, frames out: everything of a provider but its sockets. */
export interface ClassicDispatcher {
  /** What to send back; undefined for what wants no answer. Never rejects. */
  answer(frame: Frame): Promise<Buffer | undefined> | Buffer | undefined
}

/** Java's way of asking whether a service is there: it answers what it was asked. */
const echoMethod = '$echo'

/** Java writes 0.0.0 for a service without a version. */
const versionOf = (version: string) => (version === '0.0.0' ? '' : version)

export function createClassicDispatcher({ services, clock, traffic, maxBodyBytes }: ClassicDispatcherOptions): ClassicDispatcher {
  const byName = new Map(services.map((service) => [serviceName(service.key), service]))

  async function call(id: bigint, message: CallMessage): Promise<Buffer> {
    const key: ServiceKey = { interface: message.path, group: message.attachments['group'] ?? '', version: versionOf(message.version) }
    const service = byName.get(serviceName(key))
    if (service === undefined)
      return encodeFailure(id, statuses.serviceNotFound, `${serviceName(key)} is not provided here; provided are ${[...byName.keys()].join(', ')}`)
    if (message.method === echoMethod) return encodeValue(id, (encoder) => encoder.value(message.arguments[0] ?? null), {})
    const method = service.methods.get(message.method)
    const refusal = method === undefined ? `${serviceName(key)} has no method ${message.method}` : reasonAgainst(method, message)
    if (method === undefined || refusal !== undefined) return encodeException(id, 'java.lang.NoSuchMethodException', refusal ?? '', {})
    const work = traffic.begin()
    if (work === undefined) return encodeFailure(id, statuses.overloaded, 'the provider has as many calls under way as it takes; this one was not begun')
    try {
      return await run(id, method, message)
    } finally {
      work.end()
    }
  }

  async function run(id: bigint, { declared, handle }: ProvidedPlainMethod, { method, path, arguments: given, attachments }: CallMessage): Promise<Buffer> {
    const answered: { [key: string]: string } = {}
    const timeoutMs = Number(attachments['timeout'] ?? '')
    const context: CallContext = {
      deadlineAt: timeoutMs > 0 ? clock.now() + timeoutMs : Infinity,
      attachments,
      caller: attachments['remote.application'],
      attach: (key, value) => {
        answered[key] = value
      },
    }
    try {
      const value = await handle(given, context)
      return encodeValue(id, (encoder) => writeResult(encoder, declared, value), answered)
    } catch (error) {
      if (error instanceof NotBegun) return encodeFailure(id, statuses.overloaded, error.message)
      if (error instanceof ServiceError) return encodeException(id, error.javaClass, error.message, answered)
      traffic.onError(`${path}.${method}`, error)
      return encodeException(id, 'java.lang.RuntimeException', 'the provider failed; its log has the reason', answered)
    }
  }

  return {
    answer: (frame) => {
      if (frame.isEvent) return frame.isRequest && frame.isTwoWay ? heartbeatAnswer(frame.id) : undefined
      if (!frame.isRequest) return undefined
      const answer =
        frame.serialization === hessian2
          ? decoded(frame)
          : encodeFailure(frame.id, statuses.badRequest, `serialization ${frame.serialization} is not spoken here, only hessian2 (2)`)
      return frame.isTwoWay ? answer : Promise.resolve(answer).then(() => undefined)
    },
  }

  function decoded({ id, body }: Frame): Promise<Buffer> | Buffer {
    try {
      // What can be read is not always what can be written: references let values be nested deeper than either takes.
      return call(id, decodeCall(body))
        .then((answer) => withinLimit(id, answer))
        .catch((error: unknown) => encodeFailure(id, statuses.badResponse, `the answer cannot be written: ${reasonOf(error)}`))
    } catch (error) {
      if (error instanceof HessianError) return encodeFailure(id, statuses.badRequest, `the call cannot be read: ${error.message}`)
      throw error
    }
  }

  function withinLimit(id: bigint, answer: Buffer): Buffer {
    if (answer.length <= maxBodyBytes + headBytes) return answer
    return encodeFailure(id, statuses.badResponse, `the answer has ${answer.length - headBytes} bytes, more than the limit of ${maxBodyBytes}`)
  }
}

/** Why these arguments are none for this method; undefined if they are. */
function reasonAgainst({ declared }: ProvidedPlainMethod, { method, descriptor, arguments: given }: CallMessage): string | undefined {
  if (descriptor !== descriptorOf(declared)) return `${method} takes (${descriptorOf(declared)}), not (${descriptor})`
  const wrong = declared.parameters.findIndex((type, index) => !accepts(type, given[index] ?? null))
  return wrong < 0 ? undefined : `argument ${wrong} of ${method} is no ${declared.parameters[wrong] ?? ''}`
}
