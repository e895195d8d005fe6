import type { Ids } from '@suanpan/runtime/ids'
import type { MessageOptions, SendReceipt } from 'rocketmq-client-nodejs'
import type { ProducerClient } from './client/producer-client.ts'
import { recall, type Recall } from './client/recall.ts'
import { reasonOf, RocketMqError } from './errors.ts'
import { outgoing, type SendOptions } from './message.ts'
import type { Batch, Payload } from './payload.ts'
import type { TopicProducer } from './producer.ts'
import type { Half } from './transactions.ts'

export interface Sent {
  readonly key: string
  readonly messageId: string
}

export interface Scheduled extends Sent {
  /** For `recall`, until the message is due. */
  readonly recallHandle: string
}

/** When or in which order a message is to be delivered, apart from as soon as possible. */
type Delivery = Pick<MessageOptions, 'deliveryTimestamp' | 'messageGroup'>

/** Everything that a message can be sent as, apart from which producer its topic has. */
export interface Sender {
  send(destination: string, payload: Payload | Batch, delivery: Delivery, options?: SendOptions): Promise<Scheduled>
  sendHalf(destination: string, payload: Payload | Batch, options?: SendOptions): Promise<Half>
  recall(topic: string, recallHandle: string): Promise<Recall>
}

export function createSender(ids: Ids, producerOf: (topic: string) => TopicProducer): Sender {
  const keyOf = (options?: SendOptions) => options?.key ?? ids.next('msg')

  return {
    send: async (destination, payload, delivery, options) => {
      const key = keyOf(options)
      const message = { ...outgoing(destination, payload, key, options?.properties), ...delivery }
      const receipt = await producerOf(message.topic).use(options?.withinMs, (client) => receiptOf(client.send(message)))
      return { key, messageId: receipt.messageId, recallHandle: receipt.recallHandle }
    },
    sendHalf: (destination, payload, options) => {
      const key = keyOf(options)
      const message = outgoing(destination, payload, key, options?.properties)
      return producerOf(message.topic).use(options?.withinMs, (client) => sendHalf(client, message, key))
    },
    recall: (topic, recallHandle) => producerOf(topic).use(undefined, (client) => recall(client, topic, recallHandle)),
  }
}

export async function sendHalf(client: ProducerClient, message: MessageOptions, key: string): Promise<Half> {
  const transaction = client.beginTransaction()
  const { messageId } = await receiptOf(client.send(message, transaction))
  const told = async (telling: Promise<void>): Promise<void> => {
    try {
      await telling
    } catch (error) {
      throw new RocketMqError('unknown', `topic ${message.topic}: the proxy was not told of ${key}: ${reasonOf(error)}`, error)
    }
  }
  return { key, messageId, commit: () => told(transaction.commit()), rollback: () => told(transaction.rollback()) }
}

async function receiptOf(sending: Promise<SendReceipt | undefined>): Promise<SendReceipt> {
  const receipt = await sending
  if (receipt === undefined) throw new RocketMqError('unknown', 'the proxy answered without a receipt')
  return receipt
}
