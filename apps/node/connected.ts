import { brokerRetries } from '@suanpan/bus-rocketmq'
import type { RocketMq } from '@suanpan/rocketmq'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { NodeConfiguration, ServicesConfiguration } from './configuration.ts'

const lookEveryMs = 500

/**
 * A broker that has come back tells its name servers of its topics ten seconds later, and a proxy that asked them meanwhile
 * remembers that there are none for twenty more. After a reboot of a machine all of these start at once.
 */
const routedWithinMs = 40_000

/**
 * Waits until messages can come and go. A broker, or a proxy, that is merely slow or away is not waited for longer than for
 * the other servers: this process starts without it, as orders go on without it. Throws `StartRefused` where it has not what
 * this process needs, and does not get it, either.
 */
export async function untilConnected(
  rocketmq: Pick<RocketMq, 'health'>,
  { proxy, waitMs }: Pick<ServicesConfiguration, 'proxy'> & Pick<NodeConfiguration, 'waitMs'>,
  clock: Clock,
  log: Log,
): Promise<void> {
  let missingSince: number | undefined
  for (const until = clock.now() + waitMs; ; await clock.sleep(lookEveryMs)) {
    const { ok, parts } = await rocketmq.health()
    if (ok) return
    const missing = parts.filter(({ isMissing }) => isMissing === true)
    const now = clock.now()
    missingSince = missing.length > 0 ? (missingSince ?? now) : undefined
    if (missingSince !== undefined && now - missingSince >= routedWithinMs) throw new StartRefused(missingAt(proxy, missing))
    const troubles = parts.flatMap(({ topic, group, trouble }) => (trouble === undefined ? [] : [{ topic, group, trouble }]))
    log.info({ troubles, forAnotherMs: Math.max(0, until - now) }, 'waiting for the broker')
    if (missingSince !== undefined || now < until) continue
    log.warn({ waitMs }, 'the broker is not there: messages are kept, and go out when it is')
    return
  }
}

function missingAt(proxy: string, parts: readonly { readonly topic: string; readonly group?: string }[]): string {
  const topics = [...new Set(parts.filter(({ group }) => group === undefined).map(({ topic }) => topic))]
  const groups = parts.flatMap(({ topic, group }) => (group === undefined ? [] : [`${group} on topic ${topic}`]))
  const told = [...topics.map((topic) => `topic ${topic}`), ...groups.map((group) => `group ${group}`)]
  return (
    `RocketMQ at ${proxy} has not all that is needed: ${told.join(', ')}. ` +
    'Create what is missing: CLUSTER_NAMESERVERS=… CLUSTER_PROXY=… npm run cluster -- --engines-only does it, and starts nothing that is named; ' +
    'with its own tools: mqadmin updateTopic -n <name servers> -c <cluster> -t <topic> -a +message.type=TRANSACTION, ' +
    `mqadmin updateSubGroup -n <name servers> -c <cluster> -g <group> -r ${brokerRetries}.`
  )
}
