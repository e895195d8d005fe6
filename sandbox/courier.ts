import type { Log } from '@suanpan/runtime/telemetry'
import { repeat, type Clock } from '@suanpan/runtime/time'
import type { OutgoingRequest } from './context.ts'
import type { Ledger } from './ledger.ts'
import {
  answerWithinMs,
  endDueTrade,
  nextDueAt,
  realDelayMs,
  recordDelivery,
  settleDueRefund,
  takeDue,
  type Delivery,
  type DeliveryAnswer,
} from './machine/index.ts'

export interface CourierOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  /** Words and signs a notification as its platform does. */
  readonly compose: (delivery: Delivery) => OutgoingRequest
}

export interface Courier {
  /** Looks what is due, now. */
  wake(): void
  /** Starts nothing more, and waits for what is under way. */
  stop(): Promise<void>
}

const mostUnderWay = 128
/** Trades that expire are looked for so often; nothing depends on it but the notification that they did. */
const sweepMs = 1_000

/** Lets time bring about what is due: sends notifications, settles refunds, closes expired trades. */
export function startCourier({ ledger, clock, log, compose }: CourierOptions): Courier {
  const underWay = new Map<string, Promise<void>>()
  let isAwake = false
  let isStopped = false
  let lastRound = Promise.resolve()
  let cancelTimer = (): void => {}

  function wake(): void {
    if (isAwake || isStopped) return
    isAwake = true
    clock.soon(() => {
      lastRound = round()
    })
  }

  async function round(): Promise<void> {
    try {
      while (!isStopped && (await ledger.run(settleDueRefund)));
      const blocked = new Set(underWay.keys())
      const due = isStopped ? [] : await ledger.run((platform, now) => takeDue(platform, blocked, now, mostUnderWay - blocked.size))
      for (const [key, deliveries] of Map.groupBy(due, ({ notification }) => notification.key)) {
        underWay.set(key, send(key, deliveries))
      }
    } catch (error) {
      log.error({ error }, 'the sandbox could not go on with what is due')
    }
    isAwake = false
    sleep()
  }

  async function send(key: string, deliveries: readonly Delivery[]): Promise<void> {
    try {
      await Promise.all(deliveries.map(deliver))
    } catch (error) {
      log.error({ error }, 'the merchant’s answer could not be kept')
    }
    underWay.delete(key)
    wake()
  }

  function sleep(): void {
    cancelTimer()
    if (isStopped) return
    const due = nextDueAt(ledger.platform, new Set(underWay.keys()))
    // With all hands full, the next that is free wakes it.
    const delayMs = due === undefined || underWay.size >= mostUnderWay ? sweepMs : realDelayMs(ledger.platform.desk.clock, due, clock.now())
    cancelTimer = clock.after(Math.min(sweepMs, delayMs), wake)
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const answer = await post(delivery.notification.url, compose(delivery), clock)
    const verdict = await ledger.run((platform, now) => recordDelivery(platform, delivery, answer, now))
    const { channel, event, trade } = delivery.notification
    const facts = { channel, event, outTradeNo: trade.terms.outTradeNo }
    if (verdict.acknowledged) log.debug(facts, 'the merchant has heard')
    else log.info({ ...facts, because: verdict.because }, 'the merchant has not acknowledged')
  }

  const sweeper = repeat({
    clock,
    everyMs: sweepMs,
    run: async (isStopping) => {
      while (!isStopping() && (await ledger.run(endDueTrade)));
    },
    onError: (error) => log.error({ error }, 'expired trades could not be closed'),
  })

  ledger.onChange(wake)
  sweeper.start()
  wake()
  return {
    wake,
    stop: async () => {
      isStopped = true
      cancelTimer()
      await Promise.all([lastRound, sweeper.stop()])
      await Promise.all(underWay.values())
    },
  }
}

/** Posts it and keeps the answer exactly: no redirect is followed, and no byte order mark lost. */
async function post(url: string, { headers, body }: OutgoingRequest, clock: Clock): Promise<DeliveryAnswer> {
  const sentAt = clock.now()
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(answerWithinMs) })
    const answered = Buffer.from(await response.arrayBuffer()).toString()
    return { kind: 'answered', status: response.status, contentType: response.headers.get('content-type') ?? '', body: answered, tookMs: clock.now() - sentAt }
  } catch (error) {
    return { kind: 'failed', because: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `no answer within ${answerWithinMs} ms`
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
