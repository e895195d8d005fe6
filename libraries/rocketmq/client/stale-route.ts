import type { TopicRouteData } from 'rocketmq-client-nodejs'

/**
 * A producer goes by the first route it got for as long as it lives, though it looks at the route every 30 s: it never
 * sends to a broker that came later, and never ceases to try one that has gone. What it sees is compared here, so that a
 * new producer can be put in its place.
 */
export interface RouteWatch {
  see(route: TopicRouteData): void
  /** The route is not the one that the producer goes by. */
  readonly isStale: boolean
}

export function watchRoute(): RouteWatch {
  let first: string | undefined
  let latest: string | undefined
  return {
    see: ({ messageQueues }) => {
      const addresses = messageQueues.map(({ queueId, broker }) => `${broker.name}/${queueId}@${broker.endpoints.facade}`)
      latest = addresses.toSorted((a, b) => (a < b ? -1 : 1)).join()
      first ??= latest
    },
    get isStale() {
      return first !== latest
    },
  }
}
