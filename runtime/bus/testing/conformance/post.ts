import assert from 'node:assert/strict'
import { account, accounts } from '../../../store/testing/conformance/index.ts'
import type { Store } from '../../../store/index.ts'
import type { Bus, DeliveredMessage, OutgoingMessage, Subscription, Verdict } from '../../port.ts'

/** What the conformance tests publish about. */
export const topic = 'letter.sent'

/** The name of the store whose commits publish it. */
export const publisher = 'post'

export function letter(key: string, rest: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id: `${key}:sent`, topic, key, body: new TextEncoder().encode(key), at: 1, traceparent: '', ...rest }
}

/** A row and a message for each key, in one transaction; `refused` members write nothing and say nothing. */
export function send(bus: Bus, store: Store, keys: readonly string[], refused: readonly string[] = []): Promise<string> {
  const isAccepted = (key: string) => !refused.includes(key)
  const letters = keys.map((key) => letter(key))
  return bus.publishIff(store, letters, async (tx) => {
    const kept = letters.filter(({ key }) => isAccepted(key))
    tx.insert(
      accounts,
      kept.map(({ key }) => account(key, 1)),
    )
    return { result: 'sent', accepted: kept }
  })
}

/** Messages alone, without a fact of their own. */
export function publish(bus: Bus, store: Store, ...messages: readonly OutgoingMessage[]): Promise<void> {
  return bus.publishIff(store, messages, async () => ({ result: undefined, accepted: messages }))
}

export interface Mailbox {
  readonly subscription: Subscription
  /** `key/attempt` of every delivery, in order. */
  readonly got: readonly string[]
}

/** A group that keeps what it gets, and answers as told. */
export function mailbox(group: string, answer: (message: DeliveredMessage) => Verdict = () => ({ kind: 'done' }), maxBatch = 100): Mailbox {
  const got: string[] = []
  return {
    got,
    subscription: {
      group,
      topics: [topic],
      publisher,
      maxBatch,
      handle: async (messages) => {
        got.push(...messages.map(({ key, attempt }) => `${key}/${attempt}`))
        return messages.map(answer)
      },
    },
  }
}

const giveUpAfterMs = 15_000

export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = giveUpAfterMs): Promise<void> {
  const giveUpAt = Date.now() + withinMs
  while (!(await isSo())) {
    assert(Date.now() < giveUpAt, `${what}: not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Long enough for anything that was going to be delivered by mistake. */
export const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150))
