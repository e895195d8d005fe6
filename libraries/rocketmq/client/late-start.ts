import type { BaseClient } from 'rocketmq-client-nodejs'

/** Protected in the client. */
interface Starting {
  updateRoutes(): Promise<void>
  readonly topicRouteCache: Map<string, unknown>
}

/**
 * A client that is shut down while it starts does not notice: as soon as the proxy is there it sets its timers, and waits
 * for settings for ever. Answers the switch that makes the rest of such a start fail.
 */
export function guardStart(client: BaseClient): () => void {
  let isOver = false
  const starting = client as unknown as Starting
  const update = starting.updateRoutes.bind(client)
  starting.updateRoutes = async () => {
    await update()
    if (!isOver) return
    // With a route at hand the start would go on in spite of the error.
    starting.topicRouteCache.clear()
    throw new Error('the client was ended while it started')
  }
  return () => (isOver = true)
}
