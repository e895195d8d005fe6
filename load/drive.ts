import { createConnection, type Answer, type Connection, type Target } from './connection.ts'
import { createHistogram, type Histogram } from './histogram.ts'
import { createOutcomeCounts, isServed } from './outcomes.ts'

export interface LoadPlan {
  readonly target: Target
  /** At most this many requests are in flight. */
  readonly connections: number
  /**
   * Arrivals a second, evenly spaced, whether or not earlier ones were answered; a latency then counts from when its
   * request should have begun, so that a slow server cannot hide behind requests that were never sent. Absent: each
   * connection sends its next request as soon as it has its answer.
   */
  readonly ratePerSecond?: number
  readonly durationMs?: number
  readonly requestCount?: number
  /** A request unanswered for this long is given up; the default is 30 s. */
  readonly timeoutMs?: number
  /** The n-th request, complete. */
  requestOf(index: number): string
  /** Sees every answer; its body is only valid during the call. */
  onAnswer?(index: number, answer: Answer): void
}

export interface LoadResult {
  readonly durationMs: number
  readonly sent: number
  /** Answered with 2xx or 409. */
  readonly served: number
  readonly errors: number
  /** Arrivals that were due and never sent, because all connections were busy. */
  readonly unsent: number
  readonly servedPerSecond: number
  /** `201`, `409 out_of_stock`, `failed: timeout`, … and how often. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Of answered requests. */
  readonly latency: Histogram
}

export interface LoadProgress {
  readonly elapsedMs: number
  readonly sent: number
  readonly inFlight: number
  readonly errors: number
  /** Since the last time it was asked. */
  readonly latency: Histogram
}

export interface LoadRun {
  progress(): LoadProgress
  /** Sends nothing more; `finished` follows once the requests in flight are answered. */
  stop(): void
  readonly finished: Promise<LoadResult>
}

const defaultTimeoutMs = 30_000
const timeoutCheckMs = 200
/** How late an arrival may be sent at most for want of a finer timer. */
const arrivalTickMs = 1

/**
 * Drives a server until the plan's duration or count is reached, whichever comes first. The clock begins to run once all connections
 * are made: an open loop makes the next one just when all others are waiting, and its latency would be the connecting.
 */
export function startLoad(plan: LoadPlan): LoadRun {
  const { ratePerSecond, requestOf, onAnswer, timeoutMs = defaultTimeoutMs } = plan
  const requestCount = plan.requestCount ?? Infinity
  const durationMs = plan.durationMs ?? Infinity
  const connections = Array.from({ length: plan.connections }, () => createConnection(plan.target))
  const idle: Connection[] = [...connections]
  const outcomes = createOutcomeCounts()
  const latency = createHistogram()
  const finished = Promise.withResolvers<LoadResult>()
  let startedAt = performance.now()
  let recent = createHistogram()
  let sent = 0
  let stoppedAt: number | undefined

  const intendedAt = (index: number) => (ratePerSecond === undefined ? performance.now() : startedAt + (index * 1_000) / ratePerSecond)

  /** How many requests should have been sent by then. */
  function dueCount(then: number): number {
    const elapsedMs = Math.min(then - startedAt, durationMs)
    return Math.min(requestCount, ratePerSecond === undefined ? Infinity : Math.ceil((elapsedMs * ratePerSecond) / 1_000))
  }

  function sendDue(): void {
    if (stoppedAt !== undefined) return finishWhenIdle(stoppedAt)
    const now = performance.now()
    const isOver = now - startedAt >= durationMs
    // Without a rate everything is always due, and nothing more is once the time is over.
    const due = isOver && ratePerSecond === undefined ? sent : dueCount(now)
    while (sent < due) {
      const connection = idle.pop()
      if (connection === undefined) break
      sendOne(connection, sent++)
    }
    if (isOver || sent >= requestCount) stoppedAt = now
  }

  function sendOne(connection: Connection, index: number): void {
    const beganAt = intendedAt(index)
    connection.send(requestOf(index), (answer) => {
      outcomes.count(answer)
      if (answer.kind === 'response') recent.record(performance.now() - beganAt)
      onAnswer?.(index, answer)
      idle.push(connection)
      // A refused connection fails at once: without a pause the loop would spin.
      if (answer.kind === 'failed') setTimeout(sendDue, 100)
      else sendDue()
    })
  }

  function finishWhenIdle(endedAt: number): void {
    if (idle.length < connections.length) return
    for (const timer of timers) clearInterval(timer)
    for (const connection of connections) connection.close()
    latency.add(recent)
    recent = createHistogram()
    finished.resolve(resultAt(endedAt))
  }

  function resultAt(endedAt: number): LoadResult {
    const served = [...outcomes.byKind].reduce((sum, [kind, count]) => sum + (isServed(kind) ? count : 0), 0)
    const elapsedMs = performance.now() - startedAt
    const unsent = ratePerSecond === undefined ? 0 : Math.max(0, dueCount(endedAt) - sent)
    return {
      durationMs: elapsedMs,
      sent,
      served,
      errors: sent - served,
      unsent,
      servedPerSecond: (served * 1_000) / elapsedMs,
      outcomes: outcomes.byKind,
      latency,
    }
  }

  const timers: NodeJS.Timeout[] = []
  function begin(): void {
    startedAt = performance.now()
    const giveUpOld = (): void => {
      const tooOld = performance.now() - timeoutMs
      for (const connection of connections) connection.abandonBefore(tooOld)
    }
    timers.push(setInterval(sendDue, ratePerSecond === undefined ? timeoutCheckMs : arrivalTickMs), setInterval(giveUpOld, timeoutCheckMs))
    sendDue()
  }
  void Promise.all(connections.map((connection) => connection.connect())).then(begin)

  return {
    progress() {
      const interval = recent
      recent = createHistogram()
      latency.add(interval)
      const errors = [...outcomes.byKind].reduce((sum, [kind, count]) => sum + (isServed(kind) ? 0 : count), 0)
      return { elapsedMs: performance.now() - startedAt, sent, inFlight: connections.length - idle.length, errors, latency: interval }
    },
    stop() {
      stoppedAt ??= performance.now()
    },
    finished: finished.promise,
  }
}
