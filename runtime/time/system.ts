import { randomBytes } from 'node:crypto'
import type { Clock, Random } from './port.ts'

/** The longest that a timer of the machine waits: whoever asks for more, such as a deadline that nobody set, would be called at once. */
export const longestDelayMs = 2 ** 31 - 1

/** The machine's own clock and timers. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, Math.min(delayMs, longestDelayMs))),
    after: (delayMs, task) => {
      const timer = setTimeout(task, Math.min(delayMs, longestDelayMs))
      return () => clearTimeout(timer)
    },
    soon: (task) => {
      setImmediate(task)
    },
  }
}

const pool = { bytes: randomBytes(4_096), offset: 0 }

/** Cryptographic randomness, drawn 48 bits at a time from a pool (one system call serves 682 numbers). */
export const systemRandom: Random = () => {
  if (pool.offset + 6 > pool.bytes.length) {
    pool.bytes = randomBytes(4_096)
    pool.offset = 0
  }
  const value = pool.bytes.readUIntBE(pool.offset, 6)
  pool.offset += 6
  return value / 2 ** 48
}
