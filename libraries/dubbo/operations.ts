import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Provider } from './provider.ts'

export interface OperationsOptions {
  readonly provider: Provider
  /** 22222 by default, as Java's QoS; 0 for any that is free. */
  readonly port?: number
}

/** A port for operators on this machine. */
export interface Operations {
  readonly port: number
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * What Java calls QoS, over HTTP and on loopback only: `GET /ls` and `GET /ready` look, `POST /online` and `POST /offline`
 * act. A web page that a browser on this machine shows can send such a request, too, but not without an `Origin` or with
 * a `Host` of ours.
 */
export async function startOperations({ provider, port = 22_222 }: OperationsOptions): Promise<Operations> {
  const server = createServer((request, response) => {
    void answer(provider, request).then(({ status, text }) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${text}\n`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

async function answer(provider: Provider, { method, url, headers }: IncomingMessage): Promise<Answer> {
  if (headers.origin !== undefined || !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? ''))
    return { status: 403, text: 'only for programs on this machine' }
  switch (`${method ?? ''} ${url ?? ''}`) {
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
