import { Duplex } from 'node:stream'
import type { BaseClient } from 'rocketmq-client-nodejs'

type TelemetryStream = ReturnType<BaseClient['createTelemetryStream']>

/**
 * A client that is shut down while its proxy is away goes on opening telemetry streams, once a second, for ever; and a
 * stream that breaks after the client let go of it raises an error that nobody listens to, which ends the process.
 * Answers the switch to be thrown when the client has come to its end.
 */
export function guardTelemetry(client: BaseClient): () => void {
  let isOver = false
  const latest = new Map<string, TelemetryStream>()
  const create = client.createTelemetryStream.bind(client)
  client.createTelemetryStream = (endpoints) => {
    if (isOver) return inertStream()
    const stream = alwaysHeard(create(endpoints))
    latest.set(endpoints.facade, stream)
    return stream
  }
  return () => {
    isOver = true
    // A proxy that does not end its side would keep the process alive.
    for (const stream of latest.values()) stream.cancel()
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
