import { format } from 'node:util'
import type { Log } from '@suanpan/runtime/telemetry'
import type { ILogger } from 'rocketmq-client-nodejs'

/**
 * Without a logger the client writes files under the home folder and keeps the process alive with a timer; with one that
 * has no `debug`, `commit()` throws after it committed. So it always gets all four. It reports every step as info, and
 * what it repeats by itself as error: one level down each, because what comes of it is reported by us.
 */
export function clientLogger(log: Log, facts: object): Required<Omit<ILogger, 'close'>> {
  const say =
    (level: 'debug' | 'info' | 'warn') =>
    (first: unknown, ...rest: unknown[]) =>
      log[level](facts, format(first, ...rest))
  return { debug: say('debug'), info: say('debug'), warn: say('info'), error: say('warn') }
}
