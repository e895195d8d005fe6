import { inTime } from '@suanpan/runtime/time'
import type { TransactionChecker } from 'rocketmq-client-nodejs'
import { backOffMs, tryUntil } from './back-off.ts'
import { by } from './by.ts'
import { ProducerClient } from './client/producer-client.ts'
import { startClient, stopClient, type Started } from './client/start.ts'
import { clientOptions, type Context } from './context.ts'
import { failureKind, reasonOf, RocketMqError } from './errors.ts'

/** Sends to one topic, over one client at a time, which is started when it is first needed. */
export interface TopicProducer {
  readonly topic: string
  /** Connects at once, and goes on trying until it has or is closed. */
  connect(): void
  /** Repeats `work` with back-off until it succeeds, is refused, or time is up; throws a `RocketMqError`. */
  use<T>(withinMs: number | undefined, work: (client: ProducerClient) => Promise<T>): Promise<T>
  /** Throws if the proxy cannot be reached or knows no such topic. */
  probe(withinMs: number): Promise<void>
  close(withinMs: number): Promise<void>
}

/** A client that was replaced may still have a transaction to settle. */
const retiredMs = 60_000

export function createTopicProducer(context: Context, topic: string, checker: TransactionChecker): TopicProducer {
  const { clock, random, log } = context
  const retired = new Map<Started<ProducerClient>, () => void>()
  const stopping = Promise.withResolvers<void>()
  let current: Promise<Started<ProducerClient>> | undefined
  let isClosed = false
  /** Why the last start failed; until the next one succeeds. */
  let trouble: string | undefined

  /** The client tries once: how often, and with which pauses, is decided here. Its own tries have none, and are over in milliseconds. */
  function open(): Promise<Started<ProducerClient>> {
    const opening = startClient(clock, new ProducerClient({ ...clientOptions(context, { topic }), topic, maxAttempts: 1, checker }), stopping.promise)
    current = opening
    opening.then(
      () => (trouble = undefined),
      (error: unknown) => {
        trouble = reasonOf(error)
        if (current === opening) current = undefined
      },
    )
    return opening
  }

  async function started(): Promise<ProducerClient> {
    if (isClosed) throw new RocketMqError('closed', 'this client has been closed')
    const held = await (current ?? open())
    if (!held.client.isStale) return held.client
    log.info({ topic }, 'the route of the topic has changed: a new producer takes over')
    retire(held)
    return (await (current ?? open())).client
  }

  function retire(held: Started<ProducerClient>): void {
    if (retired.has(held)) return
    current = undefined
    const end = clock.after(retiredMs, () => {
      retired.delete(held)
      void held.cutOff()
    })
    retired.set(held, end)
  }

  async function use<T>(withinMs: number | undefined, work: (client: ProducerClient) => Promise<T>): Promise<T> {
    const until = clock.now() + (withinMs ?? context.giveUpAfterMs)
    try {
      return await tryUntil({ clock, random, until, mayPass: (error) => failureKind(error) === 'unknown' }, async () => {
        const client = await by(clock, until, started())
        return by(clock, until, work(client))
      })
    } catch (error) {
      throw new RocketMqError(failureKind(error), `topic ${topic}: ${reasonOf(error)}`, error)
    }
  }

  async function connect(): Promise<void> {
    for (let attempt = 1; !isClosed; attempt++) {
      try {
        await started()
        return
      } catch (error) {
        if (isClosed) return
        log.warn({ topic, error: reasonOf(error) }, 'no producer could be started: it will be tried again')
        await inTime(clock, backOffMs(attempt, random), stopping.promise)
      }
    }
  }

  return {
    topic,
    connect: () => void connect(),
    use,
    probe: (withinMs) =>
      by(
        clock,
        clock.now() + withinMs,
        started().then((client) => client.probe()),
        () => trouble,
      ),
    close: async (withinMs) => {
      isClosed = true
      stopping.resolve()
      for (const [held, keep] of retired) {
        keep()
        void held.cutOff()
      }
      const held = await current?.catch(() => undefined)
      if (held !== undefined) await stopClient(clock, held, withinMs)
    },
  }
}
