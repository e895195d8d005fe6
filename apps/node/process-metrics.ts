import { collectDefaultMetrics, Counter, Registry } from 'prom-client'

/** What this process measures of itself: processor time, memory, how late its turns are, and messages that it left to the broker's dead letters. */
export function processMetrics(process: string, buriedMessages: () => number): () => Promise<string> {
  const registry = new Registry()
  registry.setDefaultLabels({ process })
  collectDefaultMetrics({ register: registry, prefix: 'suanpan_node_' })
  const buried = new Counter({
    name: 'suanpan_node_buried_messages_total',
    help: "Messages of the broker's that this process has made dead letters there",
    registers: [registry],
  })
  return () => {
    buried.reset()
    buried.inc(buriedMessages())
    return registry.metrics()
  }
}
