import { databaseIdOf } from '@suanpan/hosting/store'
import type { DubboRpc } from '@suanpan/rpc-dubbo'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { inTime, type Clock } from '@suanpan/runtime/time'
import type { NodeConfiguration } from './configuration.ts'

export interface OneStoreOptions {
  readonly service: string
  readonly store: Store
  readonly dubbo: Pick<DubboRpc, 'agreeOnStore'>
  readonly configuration: Pick<NodeConfiguration, 'name' | 'host' | 'zookeeper'>
  readonly clock: Clock
  readonly log: Log
  /** Told, once, if others have another database later: this process has to end. */
  readonly onSplit: (why: StartRefused) => void
}

const lookEveryMs = 500
const answerWithinMs = 20_000
/** A process that was killed is in the registry until its session is over: after twelve seconds, and a tick of the servers. */
const forgottenAfterMs = 15_000

/**
 * Waits until every other process of this service that lives keeps its data in this same database, and says in the registry that
 * this one does. Before that it must take neither call nor message: in a second database it would find no stock, and give back
 * nothing of what the first has taken. Throws `StartRefused` where the others go on.
 */
export async function untilOneStore({ service, store, dubbo, configuration, clock, log, onSplit }: OneStoreOptions): Promise<void> {
  const { name, host, zookeeper } = configuration
  const id = await databaseIdOf(store)
  const holder = `${name} (process ${process.pid} at ${host})`
  let others: readonly string[] = []
  const leave = (beside: readonly string[]): void => {
    log.error({ service, others: beside }, 'the service has another database at another process: this one leaves')
    onSplit(new StartRefused(leftTo(service, beside)))
  }
  const look = async (): Promise<void> => {
    others = await dubbo.agreeOnStore(service, id, holder, leave)
  }
  for (const until = clock.now() + forgottenAfterMs; ; await clock.sleep(lookEveryMs)) {
    if (!(await inTime(clock, answerWithinMs, look())))
      throw new StartRefused(`ZooKeeper at ${zookeeper.join(', ')} does not answer. See that most of its servers run.`)
    if (others.length === 0) return
    if (clock.now() >= until) throw new StartRefused(splitBy(service, others))
    log.warn({ service, others, forAnotherMs: until - clock.now() }, 'the service has another database at another process; waiting until that one has gone')
  }
}

function splitBy(service: string, others: readonly string[]): string {
  return (
    `The service ${service} has its data in another database than this DATABASE_URL: ${others.join(', ')} runs on it. ` +
    'Half of its books would be in each. Give this process the DATABASE_URL of that one; ' +
    'or, if this database shall take the place of the other, stop every process of the service first.'
  )
}

function leftTo(service: string, others: readonly string[]): string {
  return (
    `The service ${service} has come to have its data in two databases: ${others.join(', ')} began on another one while ZooKeeper had lost sight of this process. ` +
    'It ends, so that no more of the books are in both. Stop every process of the service, decide which database is the right one, and bring over what is missing in it.'
  )
}
