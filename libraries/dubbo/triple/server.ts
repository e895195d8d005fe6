import { Server, ServerCredentials, status, type Metadata, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import type { Clock } from '@suanpan/runtime/time'
import { NotBegun, ServiceError, type CallContext } from '../call.ts'
import { startListener, type Listener, type ListenerAddress } from '../listener.ts'
import { serviceName } from '../registry/url.ts'
import type { Traffic } from '../traffic.ts'
import { UnreadableRequest, type ProvidedTripleMethod, type TripleService } from './definition.ts'
import { attachmentsOf, headerOf, headers, metadataOf } from './headers.ts'

export interface TripleServerOptions extends ListenerAddress {
  readonly services: readonly TripleService[]
  readonly clock: Clock
  readonly traffic: Traffic
  readonly maxMessageBytes: number
}

type Done = sendUnaryData<Buffer>
const sameBytes = (bytes: Buffer): Buffer => bytes

/** Serves Triple: gRPC over HTTP/2 without TLS, with Dubbo's headers. */
export function startTripleServer({ services, clock, traffic, maxMessageBytes, ...address }: TripleServerOptions): Promise<Listener> {
  const server = new Server({ 'grpc.max_receive_message_length': maxMessageBytes, 'grpc.max_send_message_length': maxMessageBytes })
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  for (const [path, variants] of variantsByPath(services)) {
    const handle = (call: ServerUnaryCall<Buffer, Buffer>, done: Done): void => {
      const method = chosen(variants, call.metadata)
      if (method === undefined) refuse(done, status.UNIMPLEMENTED, `no provider of this group and version; there is ${[...variants.keys()].join(', ')}`)
      else void run(method, path, traffic, call, done)
    }
    server.register(path, handle, sameBytes, sameBytes, 'unary')
  }
  return startListener(address, {
    accept: (socket) => injector.injectConnection(socket),
    // HTTP/2 says it with GOAWAY, which would also refuse what consumers send before they have heard of it.
    sayLeaving: () => {},
    finish: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
    isIdle: () => traffic.callsUnderWay === 0,
    clock,
  })
}

/**
 * `/package.Service/Method`, and `/package.Service/method` for Java consumers whose interface is written by hand; under
 * each the implementations by group and version.
 */
function variantsByPath(services: readonly TripleService[]): Map<string, Map<string, ProvidedTripleMethod>> {
  const paths = new Map<string, Map<string, ProvidedTripleMethod>>()
  for (const { key, methods } of services)
    for (const method of methods)
      for (const name of new Set([method.name, method.name.charAt(0).toLowerCase() + method.name.slice(1)])) {
        const path = `/${key.interface}/${name}`
        paths.set(path, (paths.get(path) ?? new Map<string, ProvidedTripleMethod>()).set(serviceName({ ...key, interface: '' }), method))
      }
  return paths
}

/** The one of this group and version; for clients that know neither, such as plain gRPC, the only one. */
function chosen(variants: ReadonlyMap<string, ProvidedTripleMethod>, metadata: Metadata): ProvidedTripleMethod | undefined {
  const [group, version] = [headerOf(metadata, headers.group), headerOf(metadata, headers.version)]
  const exact = variants.get(serviceName({ interface: '', group: group ?? '', version: version ?? '' }))
  return exact ?? (group === undefined && version === undefined && variants.size === 1 ? [...variants.values()][0] : undefined)
}

async function run(method: ProvidedTripleMethod, path: string, traffic: Traffic, call: ServerUnaryCall<Buffer, Buffer>, done: Done): Promise<void> {
  const work = traffic.begin()
  if (work === undefined) return refuseUnbegun(done, 'the provider has as many calls under way as it takes')
  const answered: { [key: string]: string } = {}
  const context: CallContext = {
    deadlineAt: Number(call.getDeadline()),
    attachments: attachmentsOf(call.metadata),
    caller: headerOf(call.metadata, headers.caller),
    attach: (key, value) => {
      answered[key] = value
    },
  }
  try {
    const body = await method.handle(call.request, context)
    done(null, Buffer.from(body.buffer, body.byteOffset, body.byteLength), metadataOf(answered))
  } catch (error) {
    if (error instanceof NotBegun) refuseUnbegun(done, error.message)
    else if (error instanceof ServiceError) refuse(done, status[error.status], error.message)
    else if (error instanceof UnreadableRequest) refuse(done, status.INVALID_ARGUMENT, error.message)
    else {
      traffic.onError(path, error)
      refuse(done, status.INTERNAL, 'the provider failed; its log has the reason')
    }
  } finally {
    work.end()
  }
}

function refuseUnbegun(done: Done, details: string): void {
  refuse(done, status.UNAVAILABLE, details, { [headers.notProcessed]: 'overloaded' })
}

function refuse(done: Done, code: status, details: string, trailers: { readonly [header: string]: string } = {}): void {
  done({ code, details, metadata: metadataOf({}, trailers) })
}
