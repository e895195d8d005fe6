import { collectDefaultMetrics, Registry } from 'prom-client'

/** What this process measures of itself: processor time, memory, how late its turns are. */
export function processMetrics(process: string): () => Promise<string> {
  const registry = new Registry()
  registry.setDefaultLabels({ process })
  collectDefaultMetrics({ register: registry, prefix: 'suanpan_node_' })
  return () => registry.metrics()
}
