import {
  PushConsumer,
  type ConsumeService,
  type Endpoints,
  type MessageQueue,
  type MessageView,
  type PushConsumerOptions,
  type RetryPolicy,
  type TopicRouteData,
} from 'rocketmq-client-nodejs'
import { QuietConsumeService } from './consume-service.ts'
import { keepEndpoints } from './kept-endpoints.ts'
import { Code } from './protocol.ts'
import { TableRetryPolicy } from './retry-policy.ts'
import { longestPollMs } from './short-polls.ts'

/** The client's push consumer with what it needs to be relied on; each file beside this one says what and why. */
export class ConsumerClient extends PushConsumer {
  readonly #retryPolicy: TableRetryPolicy
  readonly #options: PushConsumerOptions
  readonly #known = new Map<string, Endpoints>()
  readonly #collect: () => Promise<void>
  readonly #collecting = new WeakMap<MessageQueue, Promise<void>>()
  #isStopping = false
  #service: QuietConsumeService | undefined

  /** `collect` resolves when a queue that has just brought messages may be asked for more. */
  constructor(options: PushConsumerOptions, retryDelaysMs: readonly number[], collect: () => Promise<void>) {
    super(options)
    this.#options = options
    this.#collect = collect
    this.#retryPolicy = new TableRetryPolicy(retryDelaysMs)
  }

  override getRetryPolicy(): RetryPolicy {
    return this.#retryPolicy
  }

  /** The broker's group is an ordered one. Known once the client has started. */
  get isOrdered(): boolean {
    return this.getPushConsumerSettings().isFifo()
  }

  /** A look at the route, which fails if the proxy is away or knows no such topic. */
  async probe(): Promise<void> {
    await this.updateRoutes()
  }

  /** Makes a dead letter of a message at once. False: it could not be, and the message will come again. */
  async bury(message: MessageView): Promise<boolean> {
    const request = this.wrapForwardMessageToDeadLetterQueueRequest(message)
    const response = await this.forwardMessageToDeadLetterQueueViaRpc(message.endpoints, request, this.requestTimeoutValue)
    return response.getStatus()?.getCode() === Code.OK
  }

  /** Nothing but the farewell waits for what was given up. */
  giveUp(): void {
    this.#service?.giveUp()
  }

  override async shutdown(): Promise<void> {
    this.#isStopping = true
    await super.shutdown()
  }

  /** The client looks for its queues a second after its start even if it is being shut down, and takes messages that nobody will handle. */
  protected override async getRouteData(topic: string): Promise<TopicRouteData> {
    if (this.#isStopping) throw new Error('the consumer is stopping')
    return super.getRouteData(topic)
  }

  override wrapPushReceiveMessageRequest(...[batchSize, queue, filter, pollMs, attemptId]: Parameters<PushConsumer['wrapPushReceiveMessageRequest']>) {
    return super.wrapPushReceiveMessageRequest(batchSize, queue, filter, Math.min(pollMs, longestPollMs), attemptId)
  }

  /** A delivery that was full has left others behind, which have waited long enough. */
  override async receiveMessage(...[request, queue, pollMs]: Parameters<PushConsumer['receiveMessage']>): Promise<MessageView[]> {
    await this.#collecting.get(queue)
    if (this.#isStopping) throw new Error('the consumer is stopping')
    const messages = await super.receiveMessage(request, queue, pollMs)
    if (messages.length > 0 && messages.length < request.getBatchSize()) this.#collecting.set(queue, this.#collect())
    return messages
  }

  protected override createConsumeService(): ConsumeService {
    this.#service = new QuietConsumeService(this.clientId, this.#options.messageListener, this.isOrdered)
    return this.#service
  }

  protected override onTopicRouteDataUpdate(topic: string, route: TopicRouteData): void {
    keepEndpoints(this.#known, route)
    super.onTopicRouteDataUpdate(topic, route)
  }
}
