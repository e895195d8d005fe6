import { format } from 'node:util'
import { createNews, type Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { ILogger } from 'rocketmq-client-nodejs'

/** While the proxy is away, a client says the same up to thirty times a second. */
const quietMs = 60_000

/**
 * Without a logger the client writes files under the home folder and keeps the process alive with a timer; with one that
 * has no `debug`, `commit()` throws after it committed. So it always gets all four. It reports every step as info, and
 * what it repeats by itself as error: one level down each, because what comes of it is reported by us, and once a minute.
 */
export function clientLogger(log: Log, clock: Clock, facts: object): Required<Omit<ILogger, 'close'>> {
  const isNews = createNews(clock, quietMs)
  const say =
    (level: 'debug' | 'info' | 'warn') =>
    (first: unknown, ...rest: unknown[]) => {
      if (level === 'debug' || isNews(String(first))) log[level](facts, format(first, ...rest))
    }
  return { debug: say('debug'), info: say('debug'), warn: say('info'), error: say('warn') }
}
