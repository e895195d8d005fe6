import { StartRefused } from '@suanpan/hosting'
import type { DubboRpc } from '@suanpan/rpc-dubbo'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface OperationsPortOptions {
  readonly port: number
  readonly dubbo: DubboRpc
  /** Prometheus text about this process. */
  readonly metrics: () => Promise<string>
  /** Why it cannot do its work now; absent: it can. */
  readonly trouble: () => string | undefined
}

/** Where operators of one process look, on loopback. */
export interface OperationsPort {
  readonly port: number
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly text: string
}

const help = 'there are GET /healthz, GET /readyz, GET /metrics, GET /ls, POST /online, POST /offline'

/**
 * Opens it. A web page that a browser on this machine shows can send such requests, too, but not without an `Origin` or
 * with a `Host` of ours. Throws `StartRefused` where the port is taken.
 */
export async function openOperationsPort(options: OperationsPortOptions): Promise<OperationsPort> {
  const server = createServer((request, response) => {
    void answer(options, request).then(({ status, text }) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${text}\n`)
    })
  })
  const { port } = options
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(new StartRefused(`OPERATIONS_PORT ${port} is taken. Stop what listens there, or set another one; 0: any free port.`)))
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer({ dubbo, metrics, trouble }: OperationsPortOptions, { method = '', url = '', headers }: IncomingMessage): Promise<Answer> {
  if (headers.origin !== undefined || !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')) {
    return { status: 403, text: 'only for programs on this machine' }
  }
  const because = trouble()
  switch (`${method} ${url}`) {
    case 'GET /healthz':
      return { status: 200, text: 'ok' }
    case 'GET /readyz':
      return because === undefined ? { status: 200, text: 'ok' } : { status: 503, text: because }
    case 'GET /metrics':
      return { status: 200, text: await metrics() }
    case 'GET /ls':
      return { status: 200, text: JSON.stringify(dubbo.health(), null, 2) }
    case 'POST /online':
      await dubbo.online()
      return { status: 200, text: 'online' }
    case 'POST /offline':
      await dubbo.offline()
      return { status: 200, text: 'offline' }
    default:
      return { status: 404, text: help }
  }
}
