import { inTime, type Clock } from '@suanpan/runtime/time'
import type { BaseClient } from 'rocketmq-client-nodejs'
import { RocketMqError } from '../errors.ts'
import { guardStart } from './late-start.ts'
import { cutOff } from './stop.ts'
import { guardTelemetry } from './telemetry.ts'

/** A client that runs, and what ends it at once, whatever the proxy does. */
export interface Started<C extends BaseClient> {
  readonly client: C
  /** Resolves once the client's last timer and channel are gone. */
  cutOff(): Promise<void>
}

/** Three looks for the route with pauses of 1 and 2 s, and the time that each may take. */
const startWithinMs = 15_000

/**
 * Starts a client, or throws why it could not be started. A client with two topics on one proxy often waits for ever: the
 * first settings are answered while the second route is loaded, and nobody looks. With one topic it can still happen if
 * the proxy goes away at the wrong moment. So each client here has one topic and its start a deadline.
 */
export async function startClient<C extends BaseClient>(clock: Clock, client: C, stopping: Promise<void>): Promise<Started<C>> {
  const telemetry = guardTelemetry(client)
  const switches = [telemetry.end, guardStart(client)]
  const started: Started<C> = { client, cutOff: () => cutOff(client, switches) }
  const stopped = stopping.then(() => {
    throw new RocketMqError('closed', 'this client has been closed')
  })
  try {
    if (await inTime(clock, startWithinMs, Promise.race([client.startup(), stopped]))) return started
  } catch (error) {
    await started.cutOff()
    throw error
  }
  await started.cutOff()
  throw new Error(telemetry.refusal ?? `the proxy sent no settings within ${startWithinMs} ms`)
}

/** Lets a client say farewell, and ends it when it has, or when its time is over. False: it was cut off. */
export async function stopClient(clock: Clock, { client, cutOff: cut }: Started<BaseClient>, withinMs: number): Promise<boolean> {
  try {
    return await inTime(clock, withinMs, client.shutdown())
  } catch {
    // The proxy is away: there was nobody to take leave of.
    return true
  } finally {
    await cut()
  }
}
