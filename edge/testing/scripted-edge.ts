import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, type ManualClock } from '@suanpan/runtime/time'
import type { Server } from '../context.ts'
import { createAuthenticate, signDemoToken } from '../identity.ts'
import { createEdge } from '../server.ts'
import { connectServices } from '../services.ts'
import { scriptedRpc, type ScriptedRpc } from './scripted-rpc.ts'

export interface ScriptedEdge extends Omit<ScriptedRpc, 'rpc'> {
  readonly server: Server
  readonly clock: ManualClock
  /** Of `user-1`. */
  readonly customer: string
  readonly admin: string
}

const tokenSecret = 'a secret of at least 32 characters'

/** The whole HTTP side over services that answer what a test says; no port is opened. */
export async function scriptedEdge(): Promise<ScriptedEdge> {
  const { rpc, ...script } = scriptedRpc()
  const clock = manualClock()
  const server = await createEdge({
    services: connectServices(rpc, clock),
    rpc,
    clock,
    random: () => 0.5,
    log: silentLog,
    authenticate: createAuthenticate({ kind: 'secret', secret: tokenSecret }, clock),
    settings: { respondWithinMs: 2_000, auditGraceMs: 30_000, demo: { tokenSecret } },
  })
  const expiresAt = clock.now() + 60_000
  const bearer = (claims: { sub: string; role?: 'admin' }) => `Bearer ${signDemoToken(tokenSecret, claims, expiresAt)}`
  return { ...script, server, clock, customer: bearer({ sub: 'user-1' }), admin: bearer({ sub: 'operator', role: 'admin' }) }
}
