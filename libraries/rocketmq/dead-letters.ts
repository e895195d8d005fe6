import { SimpleConsumer, type MessageView } from 'rocketmq-client-nodejs'
import { by } from './by.ts'
import { startClient, stopClient, type Started } from './client/start.ts'
import { clientOptions, type Context } from './context.ts'
import { checkName } from './destination.ts'
import { failureKind, reasonOf, RocketMqError } from './errors.ts'
import { originProperty, received, replayProperty, type Received } from './message.ts'
import { sendHalf, type Sent } from './sending.ts'
import type { TopicProducer } from './producer.ts'

/** A message that a group could not do anything with, held for as long as was asked for. */
export interface DeadLetter {
  /** Its `topic` is the dead-letter topic. */
  readonly message: Received
  /** Where it was sent to at first; unknown of messages that were not sent by this library. */
  readonly originTopic: string | undefined
  /** Sends it again, to the group only that gave it up, under the same key, and removes it here. `to` is needed if its origin is unknown. */
  replay(to?: string): Promise<Sent>
  /** Removes it for good. */
  discard(): Promise<void>
}

export interface DeadLetters {
  /** Up to `max` (32 at most), oldest first; waits three seconds if there are none. Letters that are left alone come back after `holdMs`. */
  take(max?: number, holdMs?: number): Promise<readonly DeadLetter[]>
  close(): Promise<void>
}

export interface DeadLetterOptions {
  readonly group: string
  /** The group that reads them, an existing one of its own with many retries: each reading counts as one. By default `<group>_dead_letters`. */
  readonly reader?: string
}

/** With less, the proxy refuses the poll. */
const waitMs = 3_000
/** The shortest that the proxy allows is 10 s. */
const usualHoldMs = 60_000
const within = { start: 15_000, settle: 5_000, stop: 2_000 }

export function createDeadLetters(context: Context, { group, reader }: DeadLetterOptions, producerOf: (topic: string) => TopicProducer): DeadLetters {
  const { clock } = context
  const topic = `%DLQ%${group}`
  const consumerGroup = reader ?? `${group}_dead_letters`
  checkName('group', group)
  checkName('group', consumerGroup)
  const stopping = Promise.withResolvers<void>()
  let current: Promise<Started<SimpleConsumer>> | undefined

  function open(): Promise<Started<SimpleConsumer>> {
    const options = { ...clientOptions(context, { topic, group: consumerGroup }), consumerGroup, subscriptions: new Map([[topic, '*']]), awaitDuration: waitMs }
    const opening = startClient(clock, new SimpleConsumer(options), stopping.promise)
    opening.catch(() => (current = undefined))
    return opening
  }

  async function asking<T>(withinMs: number, work: (client: SimpleConsumer) => Promise<T>): Promise<T> {
    const until = clock.now() + within.start + withinMs
    try {
      current ??= open()
      const { client } = await by(clock, until, current)
      return await by(clock, until, work(client))
    } catch (error) {
      throw new RocketMqError(failureKind(error), `dead letters of ${group}: ${reasonOf(error)}`, error)
    }
  }

  function letterOf(view: MessageView): DeadLetter {
    const originTopic = view.properties.get(originProperty)
    const discard = () => asking(within.settle, (client) => client.ack(view))
    return {
      message: received(view),
      originTopic,
      discard,
      replay: async (to = originTopic) => {
        if (to === undefined) throw new TypeError('this dead letter does not say where it was sent to: name the topic')
        const sent = await producerOf(to).use(undefined, async (client) => {
          const { message, key } = again(view, to, group)
          switch (client.topicKind) {
            case 'plain':
              return { key, messageId: (await client.send(message)).messageId }
            case 'ordered':
              return { key, messageId: (await client.send({ ...message, messageGroup: view.messageGroup ?? key })).messageId }
            case 'timed':
              return { key, messageId: (await client.send({ ...message, deliveryTimestamp: new Date(clock.now()) })).messageId }
            case 'transactional': {
              const half = await sendHalf(client, message, key)
              await half.commit()
              return { key, messageId: half.messageId }
            }
          }
        })
        await discard()
        return sent
      },
    }
  }

  return {
    take: (max = 32, holdMs = usualHoldMs) => asking(waitMs * 2, async (client) => (await client.receive(max, holdMs)).map(letterOf)),
    close: async () => {
      stopping.resolve()
      const held = await current?.catch(() => undefined)
      if (held !== undefined) await stopClient(clock, held, within.stop)
    },
  }
}

/** The letter as it was, for one group. */
function again(view: MessageView, topic: string, group: string) {
  const key = view.keys[0] ?? view.messageId
  const properties = new Map([...view.properties, [originProperty, topic], [replayProperty, group]])
  const tag = view.tag === undefined || view.tag === '' ? {} : { tag: view.tag }
  return { key, message: { topic, ...tag, keys: [key], properties, body: view.body } }
}
