import type { OperationsServiceDefinition } from '@suanpan/contracts/operations'
import type { Bus, Subscription } from '@suanpan/runtime/bus'
import type { Implementation } from '@suanpan/runtime/rpc'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Count } from './services.ts'

export interface OperationsOptions {
  /** Tell several services apart. */
  readonly labels?: Readonly<Record<string, string>>
  /** Whether it measures the thread that it runs in, too: where nobody else does. */
  readonly measuresThread?: boolean
  /** What this kind of bus tells of itself, beside what every one does. */
  readonly figures?: () => Promise<Readonly<Record<string, number>>>
  /** What the services count for alerts. */
  readonly counts?: readonly Count[]
}

/** What an operator may look at and mend where services run. */
export function createOperations(
  bus: Bus,
  subscriptions: readonly Subscription[],
  { labels = {}, measuresThread = false, figures = async () => ({}), counts = [] }: OperationsOptions = {},
): Implementation<typeof OperationsServiceDefinition> {
  const registry = new Registry()
  registry.setDefaultLabels(labels)
  if (measuresThread) collectDefaultMetrics({ register: registry, prefix: 'suanpan_services_' })
  const backlog = new Gauge({ name: 'suanpan_bus_backlog', help: 'Messages that a group has still to handle', labelNames: ['group'], registers: [registry] })
  const figure = new Gauge({ name: 'suanpan_bus_figure', help: 'What this kind of bus tells of itself', labelNames: ['figure'], registers: [registry] })
  const counted = counts.map(({ name, help, read }) => ({ read, gauge: new Gauge({ name, help, registers: [registry] }) }))
  const dead = new Gauge({ name: 'suanpan_bus_dead_letters', help: 'Messages that no consumer could handle (counted to 1000)', registers: [registry] })

  return {
    listDeadLetters: async (page) => ({ deadLetters: [...(await bus.deadLetters(page))] }),
    replayDeadLetter: async ({ id }) => ({ found: await bus.replay(id) }),
    traceMessages: async ({ key }) => ({
      messages: (await bus.trace(key)).map((message) => ({
        ...message,
        deliveries: message.deliveries.map(({ nextAttemptAt, because, ...delivery }) => ({ ...delivery, nextAttemptAt, because })),
      })),
    }),
    getMetrics: async () => {
      for (const { group } of subscriptions) backlog.set({ group }, await bus.backlog(group))
      for (const [name, value] of Object.entries(await figures())) figure.set({ figure: name }, value)
      for (const { read, gauge } of counted) gauge.set(await read())
      dead.set((await bus.deadLetters({ limit: 1_000, after: '' })).length)
      return { text: await registry.metrics() }
    },
  }
}
