import { Producer, type Endpoints, type TopicRouteData } from 'rocketmq-client-nodejs'
import { keepEndpoints } from './kept-endpoints.ts'
import { mastersOnly } from './masters-only.ts'
import { MessageType } from './protocol.ts'
import { watchRoute } from './stale-route.ts'

const kinds: { readonly [type: number]: TopicKind } = {
  [MessageType.NORMAL]: 'plain',
  [MessageType.FIFO]: 'ordered',
  [MessageType.DELAY]: 'timed',
  [MessageType.TRANSACTION]: 'transactional',
}

export type TopicKind = 'plain' | 'ordered' | 'timed' | 'transactional'

/** The client's producer with what it needs to be relied on; each file beside this one says what and why. */
export class ProducerClient extends Producer {
  readonly #known = new Map<string, Endpoints>()
  readonly #routeWatch = watchRoute()
  #kinds: readonly (TopicKind | undefined)[] = []

  get isStale(): boolean {
    return this.#routeWatch.isStale
  }

  /** The first kind of message that the topic takes; one topic of RocketMQ 5 takes one kind. */
  get topicKind(): TopicKind {
    return this.#kinds[0] ?? 'plain'
  }

  /** A look at the route, which fails if the proxy is away or knows no such topic. */
  async probe(): Promise<void> {
    await this.updateRoutes()
  }

  protected override onTopicRouteDataUpdate(topic: string, route: TopicRouteData): void {
    mastersOnly(route)
    // An address that failed once is avoided for ever otherwise.
    this.isolated.clear()
    keepEndpoints(this.#known, route)
    this.#routeWatch.see(route)
    this.#kinds = route.messageQueues.flatMap(({ acceptMessageTypesList }) => acceptMessageTypesList.map((type) => kinds[type]))
    super.onTopicRouteDataUpdate(topic, route)
  }
}
