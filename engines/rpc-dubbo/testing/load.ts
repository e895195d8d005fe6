import type { echo } from '@suanpan/runtime/rpc/testing'
import type { Client } from '@suanpan/runtime/rpc'
import { systemClock } from '@suanpan/runtime/time'
import type { Told } from './asked.ts'

export interface Counts {
  /** By who answered. */
  readonly answered: { readonly [by: string]: number }
  /** By what became of the call. */
  readonly failed: { readonly [fate: string]: number }
}

export interface Load {
  /** Counts since the last look. */
  look(): Counts
  /** Resolves with the ids of all calls that were made, once the last has its answer. */
  stop(): Promise<readonly string[]>
}

const clock = systemClock()
const gapMs = 2

/** Calls one after the other, in several loops. */
export function startLoad({ say }: Client<typeof echo>, name: string, loops: number, timeoutMs: number): Load {
  const ids: string[] = []
  let answered: { [by: string]: number } = {}
  let failed: { [fate: string]: number } = {}
  let isOver = false

  async function loop(): Promise<void> {
    while (!isOver) {
      const id = `${name} ${ids.length}`
      ids.push(id)
      const reply = await say(JSON.stringify({ id, waitMs: 0, further: false }), { deadlineAt: clock.now() + timeoutMs })
      if (reply.kind === 'answered') count(answered, (JSON.parse(reply.response) as Told).by)
      else count(failed, `${reply.kind}, ${reply.because}`)
      await clock.sleep(gapMs)
    }
  }

  const running = Array.from({ length: loops }, loop)
  return {
    look: () => {
      const counts = { answered, failed }
      answered = {}
      failed = {}
      return counts
    },
    stop: async () => {
      isOver = true
      await Promise.all(running)
      return ids
    },
  }
}

function count(counts: { [key: string]: number }, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
