import { StartRefused } from '@suanpan/hosting'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { connect } from 'node:net'
import type { NodeConfiguration } from './configuration.ts'

interface Needed {
  readonly what: string
  readonly setting: string
  /** `host:port`; one that answers is enough. */
  readonly addresses: readonly string[]
}

const tryEveryMs = 500
const answerWithinMs = 2_000
const tellEveryMs = 5_000

/** Waits until the servers that this process stands on can be reached. Throws `StartRefused` naming those that could not. */
export async function untilReachable(configuration: NodeConfiguration, clock: Clock, log: Log): Promise<void> {
  const until = clock.now() + configuration.waitMs
  await Promise.all(neededBy(configuration).map((needed) => untilOneAnswers(needed, until, configuration.waitMs, clock, log)))
}

function neededBy({ zookeeper, proxy, databaseUrl }: NodeConfiguration): Needed[] {
  const registry = { what: 'ZooKeeper', setting: 'CLUSTER_ZOOKEEPER', addresses: zookeeper }
  if (databaseUrl === '') return [registry]
  const { hostname, port } = new URL(databaseUrl)
  const database = { what: 'PostgreSQL', setting: 'DATABASE_URL', addresses: [`${hostname}:${port === '' ? '5432' : port}`] }
  return [registry, database, { what: "RocketMQ's proxy", setting: 'CLUSTER_PROXY', addresses: [proxy] }]
}

async function untilOneAnswers({ what, setting, addresses }: Needed, until: number, waitMs: number, clock: Clock, log: Log): Promise<void> {
  for (let toldAt = 0; ;) {
    const answers = await Promise.all(addresses.map((address) => doesAnswer(address, clock)))
    if (answers.includes(true)) return
    const now = clock.now()
    const where = `${what} at ${addresses.join(', ')}`
    if (now >= until) {
      throw new StartRefused(`${where} did not answer within ${waitMs} ms. Start it, or correct ${setting}; CLUSTER_WAIT_MS says how long to wait.`)
    }
    if (now - toldAt >= tellEveryMs) {
      toldAt = now
      log.info({ forAnotherMs: until - now }, `waiting for ${where}`)
    }
    await clock.sleep(tryEveryMs)
  }
}

function doesAnswer(address: string, clock: Clock): Promise<boolean> {
  const colon = address.lastIndexOf(':')
  return new Promise((resolve) => {
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon))
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
