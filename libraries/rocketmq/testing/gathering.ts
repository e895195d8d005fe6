import type { Received, Verdict } from '../index.ts'
import { until } from './until.ts'

/** A handler that remembers what it was given, and when. */
export interface Gathering {
  readonly messages: readonly Received[]
  readonly times: readonly number[]
  readonly handle: (message: Received) => Promise<Verdict>
  /** Resolves once so many have come; throws with what came if they have not by then. */
  until(count: number, withinMs?: number): Promise<readonly Received[]>
}

const usualWithinMs = 90_000

export function gather(verdict: (message: Received) => Verdict | Promise<Verdict> = () => 'done'): Gathering {
  const messages: Received[] = []
  const times: number[] = []
  return {
    messages,
    times,
    handle: async (message) => {
      messages.push(message)
      times.push(Date.now())
      return verdict(message)
    },
    until: async (count, withinMs = usualWithinMs) => {
      await until(() => messages.length >= count, withinMs).catch((cause: unknown) => {
        throw new Error(`${messages.length} of ${count} messages came: ${messages.map(({ key }) => key).join()}`, { cause })
      })
      return messages
    },
  }
}
