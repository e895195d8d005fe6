import type { Clock } from '@suanpan/runtime/time'
import type { Dice } from './random.ts'

/** Virtual time: events happen in order of their time, and those of one moment in an order that chance decides. */
export interface Scheduler {
  /** A clock of its own for each incarnation of a node: once that is dead, nothing it waits for ever comes. */
  clockFor(isAlive: () => boolean): Clock
  now(): number
  /** Runs events until this time. */
  runUntil(until: number): Promise<void>
  readonly steps: number
}

interface Event {
  readonly at: number
  /** Orders events of one moment. */
  readonly turn: number
  readonly task: () => void
  cancelled: boolean
}

/** More than any healthy run needs: a loop that never ends is a failure, too. */
const maxSteps = 400_000

export function createScheduler(dice: Dice, startAt: number): Scheduler {
  const heap: Event[] = []
  let now = startAt
  let steps = 0

  function clockFor(isAlive: () => boolean): Clock {
    const after = (delayMs: number, task: () => void): (() => void) => {
      const event: Event = { at: now + Math.max(0, delayMs), turn: dice.random(), task: () => void (isAlive() && task()), cancelled: false }
      push(heap, event)
      return () => {
        event.cancelled = true
      }
    }
    return {
      now: () => now,
      after,
      sleep: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
      soon: (task) => void after(0, task),
    }
  }

  return {
    clockFor,
    now: () => now,
    get steps() {
      return steps
    },
    runUntil: async (until) => {
      for (let event = heap[0]; event !== undefined && event.at <= until; event = heap[0]) {
        pop(heap)
        if (event.cancelled) continue
        now = event.at
        event.task()
        // Every promise that this event settled runs to its end before the next event.
        await new Promise((resolve) => setImmediate(resolve))
        if (++steps > maxSteps) throw new Error(`the simulation did not come to rest within ${maxSteps} steps`)
      }
      now = until
    },
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.turn < other.turn)
}

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(event, heap[parent] as Event)) break
    heap[index] = heap[parent] as Event
    index = parent
  }
  heap[index] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const left = 2 * index + 1
    if (left >= heap.length) break
    const right = left + 1
    const child = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event) ? right : left
    if (!isBefore(heap[child] as Event, last)) break
    heap[index] = heap[child] as Event
    index = child
  }
  heap[index] = last
}
