// As CommonJS it has its members on its default export only; there they can be replaced.
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js'

const Plain = services.MessagingServiceClient

const settings = {
  // By default the pauses grow to two minutes: a proxy that was away for one is found again up to another minute later.
  'grpc.max_reconnect_backoff_ms': 1_000,
  // By default nobody asks. A connection that carries nothing any more, and does not say so, then fails every call for a
  // quarter of an hour, until the system gives up. What the proxy says each five seconds keeps it from taking offence at
  // being asked more often than every five minutes.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
}

class KeptConnection extends Plain {
  constructor(...[address, credentials, given]: ConstructorParameters<typeof Plain>) {
    super(address, credentials, { ...settings, ...given })
  }
}

/**
 * The client opens its connections without any of gRPC's settings, and has no place to give them. From now on all that it
 * opens in this process have these.
 */
export function keepConnections(): void {
  Object.assign(services, { MessagingServiceClient: KeptConnection })
}
