import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

export interface EdgeMetrics {
  readonly contentType: string
  observe(method: string, route: string, status: number, durationMs: number): void
  /** `result`: `kept`, or why not. */
  notification(channel: string, result: string): void
  text(): Promise<string>
}

/** What the HTTP side measures: requests by route and status, and how long they took. */
export function createEdgeMetrics(): EdgeMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'suanpan_edge_' })
  const requests = new Counter({
    name: 'suanpan_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'suanpan_http_request_duration_seconds',
    help: 'From the first byte of the request to the last of the answer',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers: [registry],
  })
  const notifications = new Counter({
    name: 'suanpan_notifications_total',
    help: 'Notifications of payment platforms: kept, or refused for a reason',
    labelNames: ['channel', 'result'],
    registers: [registry],
  })
  /** By method, route and status: there are few, and to look their labels up anew costs more than to count. */
  const known = new Map<string, { readonly count: Counter.Internal; readonly duration: Histogram.Internal<'method' | 'route'> }>()

  return {
    contentType: registry.contentType,
    observe: (method, route, status, durationMs) => {
      const key = `${method} ${route} ${status}`
      let metrics = known.get(key)
      if (metrics === undefined) {
        metrics = { count: requests.labels(method, route, String(status)), duration: durations.labels(method, route) }
        known.set(key, metrics)
      }
      metrics.count.inc()
      metrics.duration.observe(durationMs / 1000)
    },
    notification: (channel, result) => notifications.inc({ channel, result }),
    text: () => registry.metrics(),
  }
}
