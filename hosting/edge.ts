import { createAuthenticate, createEdge, demoTokenMs, signDemoToken, type EdgeFace, type EdgeSettings, type Services } from '@suanpan/edge'
import type { Rpc } from '@suanpan/runtime/rpc'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import { lookup } from 'node:dns/promises'
import { createNotificationReaders, type Accounts } from './accounts.ts'
import type { Configuration } from './configuration.ts'
import type { Tokens } from './tokens.ts'

export interface HostEdgeOptions {
  readonly configuration: Configuration
  readonly tokens: Tokens
  readonly face: EdgeFace
  /** Where it listens; 0: any free port. */
  readonly port: number
  /** The setting that names the port, for messages. */
  readonly portName: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Where the services are. */
  readonly rpc: Rpc
  readonly services: Services
  /** Whose notifications are taken in. */
  readonly accounts: Accounts
  /** Whether the shop is open: it listens a little earlier. */
  readonly isOpen: () => boolean
}

/** The HTTP side of a program. */
export interface HostedEdge {
  /** Answers `http://host:port`. Throws `StartRefused` where it may not or cannot listen there. */
  listen(): Promise<string>
  /** Accepts nothing more, and finishes what is under way. */
  close(): Promise<void>
  /** A bearer token of this user; undefined outside demo mode. */
  demoToken(userId: string): string | undefined
}

export async function hostEdge(options: HostEdgeOptions): Promise<HostedEdge> {
  const { configuration, tokens, face, port, portName, clock, log, accounts } = options
  const { host, respondWithinMs, auditGraceMs, trustedProxies } = configuration
  const demo = tokens.kind === 'demo' ? { tokenSecret: tokens.secret } : undefined
  const edge = await createEdge({
    ...options,
    notificationReaders: createNotificationReaders(accounts),
    authenticate: createAuthenticate(tokens.kind === 'demo' ? { kind: 'secret', secret: tokens.secret } : tokens, clock, log),
    settings: { face, respondWithinMs, placing: placingOf(options), auditGraceMs, trustedProxies, demo },
  })
  return {
    listen: async () => {
      try {
        return await edge.listen({ host: await addressOf(host), port })
      } catch (error) {
        throw listenRefused(error, { host, port, portName })
      }
    },
    close: () => edge.close(),
    demoToken: (userId) => (demo === undefined ? undefined : signDemoToken(demo.tokenSecret, { sub: userId }, clock.now() + demoTokenMs)),
  }
}

/**
 * A call to another process costs both sides 250 µs together, however little is in it (engines/rpc-dubbo/README.md), and what
 * travels together stays together: through three more calls, four transactions and a half message (docs/EXPERIMENTS.md).
 * Threads of one process share their posts as it is.
 */
const ordersPerCall = 32
const collectMs = 30

function placingOf({ face, configuration }: HostEdgeOptions): EdgeSettings['placing'] {
  return face === 'both' ? { maxBatch: 1, collectMs: 0 } : { maxBatch: Math.min(ordersPerCall, configuration.maxBatch), collectMs }
}

/** Fastify listens on all addresses of `localhost`; but for the answers of any server but the first, its end does not wait. */
async function addressOf(host: string): Promise<string> {
  return host === 'localhost' ? (await lookup(host, { order: 'ipv4first' })).address : host
}

function listenRefused(error: unknown, { host, port, portName }: { readonly host: string; readonly port: number; readonly portName: string }): unknown {
  switch ((error as { code?: unknown }).code) {
    case 'EADDRINUSE':
      return new StartRefused(`${portName} ${port} on ${host} is taken. Stop what listens there, or start with another ${portName}.`)
    case 'EACCES':
      return new StartRefused(`${portName} ${port} may not be used by this user. Start with a ${portName} above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartRefused(`HOST ${host} is not an address of this machine. Start with HOST=127.0.0.1.`)
    default:
      return error
  }
}
