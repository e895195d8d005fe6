import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import type { BaseClientOptions } from 'rocketmq-client-nodejs'
import { clientLogger } from './client/logger.ts'

/** What everything that talks to one proxy has in common. */
export interface Context {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly giveUpAfterMs: number
  readonly connection: Omit<BaseClientOptions, 'logger' | 'topics'>
}

/** Options of one client, whose lines in the log carry these facts. */
export function clientOptions({ connection, clock, log }: Context, facts: object): BaseClientOptions {
  return { ...connection, logger: clientLogger(log, clock, facts) }
}
