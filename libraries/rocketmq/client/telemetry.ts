import { Duplex } from 'node:stream'
import type { BaseClient } from 'rocketmq-client-nodejs'
import { reasonOf } from '../errors.ts'

type TelemetryStream = ReturnType<BaseClient['createTelemetryStream']>

export interface TelemetryGuard {
  /** To be thrown when the client has come to its end. */
  end(): void
  /** Why the proxy broke the last stream off, if it did: an unknown group is told in this way alone. */
  readonly refusal: string | undefined
}

/**
 * A client that is shut down while its proxy is away goes on opening telemetry streams, once a second, for ever; and a
 * stream that breaks after the client let go of it raises an error that nobody listens to, which ends the process.
 */
export function guardTelemetry(client: BaseClient): TelemetryGuard {
  let isOver = false
  let refusal: string | undefined
  const latest = new Map<string, TelemetryStream>()
  const create = client.createTelemetryStream.bind(client)
  client.createTelemetryStream = (endpoints) => {
    if (isOver) return inertStream()
    const stream = alwaysHeard(create(endpoints))
    latest.set(endpoints.facade, stream)
    stream.on('error', (error) => (refusal = reasonOf(error)))
    return stream
  }
  return {
    end: () => {
      isOver = true
      // A proxy that does not end its side would keep the process alive.
      for (const stream of latest.values()) stream.cancel()
    },
    get refusal() {
      return refusal
    },
  }
}

function alwaysHeard(stream: TelemetryStream): TelemetryStream {
  const removeAll = stream.removeAllListeners.bind(stream)
  stream.removeAllListeners = (event) => {
    // Called with `undefined` it would remove nothing.
    if (event !== undefined) return removeAll(event)
    return removeAll().on('error', () => {})
  }
  return stream
}

function inertStream(): TelemetryStream {
  return new Duplex({ objectMode: true, read: () => {}, write: (_command, _encoding, done) => done() }) as unknown as TelemetryStream
}
