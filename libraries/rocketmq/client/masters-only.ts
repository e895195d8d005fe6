import type { TopicRouteData } from 'rocketmq-client-nodejs'

/**
 * The client means to send to masters only, but compares a queue's number where it means its broker's: with replicas in
 * the route (a proxy in local mode) every second message is sent to one and refused.
 */
export function mastersOnly(route: TopicRouteData): void {
  const masters = route.messageQueues.filter(({ broker }) => broker.id === 0)
  route.messageQueues.splice(0, route.messageQueues.length, ...masters)
}
