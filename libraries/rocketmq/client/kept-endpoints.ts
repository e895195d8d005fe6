import type { Endpoints, TopicRouteData } from 'rocketmq-client-nodejs'

/**
 * The client keeps one gRPC channel per `Endpoints` object and closes it after half an hour. Each look at the route, every
 * 30 s, brings new objects for the same addresses: some 60 channels stay open, over TLS with a connection each. Here the
 * first object seen for an address is put in place of all later ones.
 */
export function keepEndpoints(known: Map<string, Endpoints>, route: TopicRouteData): void {
  for (const { broker } of route.messageQueues) {
    const kept = known.get(broker.endpoints.facade)
    if (kept === undefined) known.set(broker.endpoints.facade, broker.endpoints)
    else broker.endpoints = kept
  }
}
