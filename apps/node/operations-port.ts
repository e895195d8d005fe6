import type { DubboRpc } from '@suanpan/rpc-dubbo'
import { openLoopbackPort, type LoopbackAnswer, type LoopbackPort } from '@suanpan/runtime/loopback-port'
import { StartRefused } from '@suanpan/runtime/settings'

export interface OperationsPortOptions {
  readonly port: number
  readonly dubbo: DubboRpc
  /** Prometheus text about this process. */
  readonly metrics: () => Promise<string>
  /** Why it cannot do its work now; absent: it can. */
  readonly trouble: () => string | undefined
}

const help = 'there are GET /healthz, GET /readyz, GET /metrics, GET /ls, POST /online, POST /offline'

/** Opens the port on which operators of one process look, on loopback. Throws `StartRefused` where it is taken. */
export function openOperationsPort(options: OperationsPortOptions): Promise<LoopbackPort> {
  const { port } = options
  return openLoopbackPort(port, (request) => answer(options, request)).catch(() => {
    throw new StartRefused(`OPERATIONS_PORT ${port} is taken. Stop what listens there, or set another one; 0: any free port.`)
  })
}

async function answer({ dubbo, metrics, trouble }: OperationsPortOptions, request: string): Promise<LoopbackAnswer> {
  const because = trouble()
  switch (request) {
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
