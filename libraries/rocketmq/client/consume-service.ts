import { ConsumeService, type ConsumeResult, type MessageListener, type MessageView, type ProcessQueue } from 'rocketmq-client-nodejs'

/** Never settles: what waits for it is forgotten together with it. */
const nothing = new Promise<never>(() => {})

/**
 * Hands messages to the listener: all of a delivery at once, in an ordered group one after the other per message group.
 * The client's own two services do the same, but each opens a log file under the home folder and a timer that keeps the
 * process alive, and after the end the ordered one fails what is left over until it becomes a dead letter. Here, after
 * the end, nothing more is decided: the proxy gives what is left over to another consumer.
 */
export class QuietConsumeService extends ConsumeService {
  readonly #isOrdered: boolean
  readonly #queues = new Set<ProcessQueue>()
  #isOver = false

  constructor(clientId: string, listener: MessageListener, isOrdered: boolean) {
    super(clientId, listener)
    this.#isOrdered = isOrdered
  }

  override consume(queue: ProcessQueue, messages: MessageView[]): void {
    // The client makes another at each change of who reads what; one that holds nothing keeps nobody from ending.
    for (const known of this.#queues) if (known.cachedMessagesCount() === 0) this.#queues.delete(known)
    this.#queues.add(queue)
    const intact = messages.filter(({ corrupted }) => !corrupted)
    for (const message of messages.filter(({ corrupted }) => corrupted)) {
      if (this.#isOrdered) queue.discardFifoMessage(message)
      else queue.discardMessage(message)
    }
    if (!this.#isOrdered) for (const message of intact) void this.consumeMessage(message).then((result) => queue.eraseMessage(message, result))
    else for (const group of Map.groupBy(intact, ({ messageGroup }) => messageGroup).values()) void this.#inOrder(queue, group)
  }

  async #inOrder(queue: ProcessQueue, messages: readonly MessageView[]): Promise<void> {
    for (const message of messages) {
      try {
        await queue.eraseFifoMessage(message, await this.consumeMessage(message))
      } catch {
        // The proxy answered without a status. It gives the message again when its time is over.
      }
    }
  }

  override async consumeMessage(message: MessageView, delayMs?: number): Promise<ConsumeResult> {
    if (this.#isOver) return nothing
    const result = await super.consumeMessage(message, delayMs)
    return this.#isOver ? nothing : result
  }

  /** Gives up what is under way, so that the client's `shutdown`, which waits for it without limit, goes on. */
  giveUp(): void {
    this.#isOver = true
    for (const queue of this.#queues) {
      queue.abort()
      queue.cachedMessagesCount = () => 0
    }
  }
}
