import { StartRefused } from '@suanpan/runtime/settings'
import type { Log } from '@suanpan/runtime/telemetry'
import { inTime, type Clock } from '@suanpan/runtime/time'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { NodeConfiguration } from './configuration.ts'

interface Needed {
  readonly what: string
  readonly setting: string
  /** `host:port`; one that is there is enough. */
  readonly addresses: readonly string[]
  readonly isThere: (host: string, port: number, clock: Clock) => Promise<boolean>
  /** What it was waited for in vain to do. */
  readonly didNot: string
}

const tryEveryMs = 500
const answerWithinMs = 2_000
const tellEveryMs = 5_000

/**
 * Waits until the servers that this process stands on can be reached. Throws `StartRefused` naming those that could not.
 * RocketMQ's proxy may be away, as it may later: but a host that nobody knows is a wrong address.
 */
export async function untilReachable(configuration: Pick<NodeConfiguration, 'zookeeper' | 'services' | 'waitMs'>, clock: Clock, log: Log): Promise<void> {
  const until = clock.now() + configuration.waitMs
  await Promise.all(neededBy(configuration).map((needed) => untilOneIsThere(needed, until, configuration.waitMs, clock, log)))
}

const answering = { isThere: doesAnswer, didNot: 'did not answer' }

function neededBy({ zookeeper, services }: Pick<NodeConfiguration, 'zookeeper' | 'services'>): Needed[] {
  const registry = { what: 'ZooKeeper', setting: 'CLUSTER_ZOOKEEPER', addresses: zookeeper, ...answering }
  if (services === undefined) return [registry]
  const { hostname, port } = new URL(services.databaseUrl)
  const database = { what: 'PostgreSQL', setting: 'DATABASE_URL', addresses: [`${hostname}:${port === '' ? '5432' : port}`], ...answering }
  return [
    registry,
    database,
    { what: "RocketMQ's proxy", setting: 'CLUSTER_PROXY', addresses: [services.proxy], isThere: isKnown, didNot: 'has a host that could not be found' },
  ]
}

async function untilOneIsThere({ what, setting, addresses, isThere, didNot }: Needed, until: number, waitMs: number, clock: Clock, log: Log): Promise<void> {
  for (let toldAt = 0; ;) {
    const found = await Promise.all(
      addresses.map((address) => {
        const colon = address.lastIndexOf(':')
        return isThere(address.slice(0, colon), Number(address.slice(colon + 1)), clock)
      }),
    )
    if (found.includes(true)) return
    const now = clock.now()
    const where = `${what} at ${addresses.join(', ')}`
    if (now >= until) {
      throw new StartRefused(`${where} ${didNot} within ${waitMs} ms. Start it, or correct ${setting}; CLUSTER_WAIT_MS says how long to wait.`)
    }
    if (now - toldAt >= tellEveryMs) {
      toldAt = now
      log.info({ forAnotherMs: until - now }, `waiting for ${where}`)
    }
    await clock.sleep(tryEveryMs)
  }
}

const isKnown = (host: string, _port: number, clock: Clock): Promise<boolean> => inTime(clock, answerWithinMs, lookup(host)).catch(() => false)

function doesAnswer(host: string, port: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    const done = (answers: boolean): void => {
      giveUp()
      socket.destroy()
      resolve(answers)
    }
    const giveUp = clock.after(answerWithinMs, () => done(false))
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}
