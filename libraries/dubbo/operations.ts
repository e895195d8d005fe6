import { openLoopbackPort, type LoopbackAnswer, type LoopbackPort } from '@suanpan/runtime/loopback-port'
import type { Provider } from './provider.ts'

export interface OperationsOptions {
  readonly provider: Provider
  /** 22222 by default, as Java's QoS; 0 for any that is free. */
  readonly port?: number
}

/** What Java calls QoS, over HTTP and on loopback only: `GET /ls` and `GET /ready` look, `POST /online` and `POST /offline` act. */
export function startOperations({ provider, port = 22_222 }: OperationsOptions): Promise<LoopbackPort> {
  return openLoopbackPort(port, (request) => answer(provider, request))
}

async function answer(provider: Provider, request: string): Promise<LoopbackAnswer> {
  switch (request) {
    case 'GET /ls':
      return { status: 200, text: listing(provider) }
    case 'GET /ready':
      return provider.isOnline ? { status: 200, text: 'true' } : { status: 503, text: 'false' }
    case 'POST /online':
      await provider.online()
      return { status: 200, text: 'OK' }
    case 'POST /offline':
      await provider.offline()
      return { status: 200, text: 'OK' }
    default:
      return { status: 404, text: 'there are GET /ls, GET /ready, POST /online, POST /offline' }
  }
}

function listing({ services, isOnline, connectionCount, callsUnderWay }: Provider): string {
  const rows = services.map(
    ({ name, protocol, port, methods }) =>
      `${protocol.padEnd(5)} ${String(port).padEnd(5)} ${isOnline ? 'online ' : 'offline'} ${name} (${methods.join(', ')})`,
  )
  return [...rows, `connections ${connectionCount}, calls under way ${callsUnderWay}`].join('\n')
}
