import { createIds } from '@suanpan/runtime/ids'
import { silentLog, type Log } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom, type Clock, type Random } from '@suanpan/runtime/time'
import type { SessionCredentials } from 'rocketmq-client-nodejs'
import { keepConnections } from './client/connections.ts'
import { checkEndpoint } from './client/endpoint.ts'
import type { Recall } from './client/recall.ts'
import type { Context } from './context.ts'
import { createDeadLetters, type DeadLetterOptions, type DeadLetters } from './dead-letters.ts'
import { checkName } from './destination.ts'
import { RocketMqError } from './errors.ts'
import { checkHealth, type Health } from './health.ts'
import { createListener, usualStopWithinMs, type Listener } from './listener.ts'
import type { ListenOptions } from './listening.ts'
import type { SendOptions } from './message.ts'
import type { Batch, Payload } from './payload.ts'
import { createTopicProducer, type TopicProducer } from './producer.ts'
import { createSender, type Scheduled, type Sent } from './sending.ts'
import { checkerOf, settle, type Check, type Half, type Resolution, type TransactionResult } from './transactions.ts'

export interface RocketMqOptions {
  /** The proxy's `host:port`; one name for several of them. */
  readonly endpoint: string
  readonly credentials?: SessionCredentials
  /** TLS with the roots of the system; a private authority comes in by NODE_EXTRA_CA_CERTS. */
  readonly tls?: boolean
  /** Of one request; 3 s by default. */
  readonly requestTimeoutMs?: number
  /** How long a send is tried again while proxy or broker are away; 15 s by default. */
  readonly giveUpAfterMs?: number
  readonly log?: Log
  readonly clock?: Clock
  readonly random?: Random
}

/** Destinations are `topic` or `topic:tag`. What sends throws a `RocketMqError`, or a `TypeError` about a wrong call. */
export interface RocketMq {
  send(destination: string, payload: Payload | Batch, options?: SendOptions): Promise<Sent>
  /** Messages of one `order`, such as an account's number, are delivered in the order in which they were sent. Topic and group must be FIFO. */
  sendOrdered(destination: string, payload: Payload | Batch, order: string, options?: SendOptions): Promise<Sent>
  /** Delivered at that time (epoch milliseconds), a second later at most; the proxy allows one day ahead. */
  sendAt(destination: string, payload: Payload | Batch, deliverAt: number, options?: SendOptions): Promise<Scheduled>
  sendDelayed(destination: string, payload: Payload | Batch, delayMs: number, options?: SendOptions): Promise<Scheduled>
  /** Takes back a message that is not due yet; once more does no harm. Throws `refused` if the handle is none. */
  recall(topic: string, recallHandle: string): Promise<Recall>
  /**
   * Tells who knows what became of the topic's transactions, and connects at once, so that this process is asked about
   * those of processes that died. Needed before the first transaction; once per topic.
   */
  checkTransactions(topic: string, check: Check): void
  /** Stores the message unseen, does the work, and delivers if that says `commit`. A throw of `work` is passed on, and left to the checker. */
  sendInTransaction(destination: string, payload: Payload | Batch, work: () => Promise<Resolution>, options?: SendOptions): Promise<TransactionResult>
  /** The same in steps. */
  sendHalf(destination: string, payload: Payload | Batch, options?: SendOptions): Promise<Half>
  listen(options: ListenOptions): Listener
  deadLetters(options: DeadLetterOptions): DeadLetters
  health(withinMs?: number): Promise<Health>
  /** Messages that listeners of this process have made dead letters of the broker's: `deadLetters` has them. */
  readonly buriedMessages: number
  /** Stops listeners first, then producers. Over within this time and two seconds, and nothing of it keeps the process alive. */
  close(withinMs?: number): Promise<void>
}

const longestOrderBytes = 63
const closeProducersWithinMs = 1_000
const usualHealthWithinMs = 3_000

export function openRocketMq(options: RocketMqOptions): RocketMq {
  keepConnections()
  const { clock = systemClock(), random = systemRandom, log = silentLog } = options
  const context: Context = { clock, random, log, giveUpAfterMs: options.giveUpAfterMs ?? 15_000, connection: connectionOf(options) }
  const producers = new Map<string, TopicProducer>()
  const checks = new Map<string, Check>()
  const listeners: Listener[] = []
  const readers: DeadLetters[] = []
  let isClosed = false

  function producerOf(topic: string): TopicProducer {
    if (isClosed) throw new RocketMqError('closed', 'this client has been closed')
    const known = producers.get(topic)
    if (known !== undefined) return known
    const producer = createTopicProducer(
      context,
      topic,
      checkerOf(context, topic, () => checks.get(topic)),
    )
    producers.set(topic, producer)
    return producer
  }
  const sender = createSender(createIds({ clock, random }), producerOf)

  async function sendHalf(destination: string, payload: Payload | Batch, more?: SendOptions): Promise<Half> {
    const [topic = ''] = destination.split(':')
    if (!checks.has(topic)) throw new TypeError(`nobody checks transactions of topic "${topic}": call checkTransactions first`)
    return sender.sendHalf(destination, payload, more)
  }

  return {
    send: (destination, payload, more) => sender.send(destination, payload, {}, more),
    sendOrdered: async (destination, payload, order, more) => {
      if (order === '' || Buffer.byteLength(order) > longestOrderBytes) throw new TypeError(`the order must have 1 to ${longestOrderBytes} bytes`)
      return sender.send(destination, payload, { messageGroup: order }, more)
    },
    sendAt: (destination, payload, deliverAt, more) => sender.send(destination, payload, { deliveryTimestamp: new Date(deliverAt) }, more),
    sendDelayed: (destination, payload, delayMs, more) => sender.send(destination, payload, { deliveryTimestamp: new Date(clock.now() + delayMs) }, more),
    recall: sender.recall,
    checkTransactions: (topic, check) => {
      checkName('topic', topic)
      if (checks.has(topic)) throw new TypeError(`the transactions of topic "${topic}" are checked already`)
      checks.set(topic, check)
      producerOf(topic).connect()
    },
    sendHalf,
    sendInTransaction: async (destination, payload, work, more) => settle(await sendHalf(destination, payload, more), work),
    listen: (more) => {
      if (isClosed) throw new RocketMqError('closed', 'this client has been closed')
      const listener = createListener(context, more)
      listeners.push(listener)
      return listener
    },
    deadLetters: (more) => {
      const reader = createDeadLetters(context, more, producerOf)
      readers.push(reader)
      return reader
    },
    health: (withinMs = usualHealthWithinMs) => checkHealth(withinMs, [...producers.values()], listeners),
    get buriedMessages() {
      return listeners.reduce((sum, listener) => sum + listener.buriedMessages, 0)
    },
    close: async (withinMs = usualStopWithinMs) => {
      isClosed = true
      await Promise.all([...listeners.map((listener) => listener.stop(withinMs)), ...readers.map((reader) => reader.close())])
      await Promise.all([...producers.values()].map((producer) => producer.close(closeProducersWithinMs)))
    },
  }
}

function connectionOf({ endpoint, credentials, tls, requestTimeoutMs }: RocketMqOptions): Context['connection'] {
  return {
    endpoints: checkEndpoint(endpoint),
    // The client uses it when it sends, but not when it asks for routes.
    namespace: '',
    sslEnabled: tls === true,
    ...(credentials === undefined ? {} : { sessionCredentials: credentials }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeout: requestTimeoutMs }),
  }
}
