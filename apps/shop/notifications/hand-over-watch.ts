import type { Clock } from '@suanpan/runtime/time'

/** What is promised in the name of somebody who takes it over later, and whether he still does: else nothing more is. */
export interface HandOverWatch {
  promised(id: string): void
  /** He has taken something over. */
  tookOver(): void
  /** He has all of this. */
  done(id: string): void
  /** He answered that he cannot take it over. */
  failed(id: string): void
  /** He did not answer. */
  unanswered(id: string): void
  /**
   * Whether he has been silent for a second; or fails whatever he gets, and then one is let in a second, to find out whether he
   * still does. One that he fails on says nothing of the others.
   */
  isBehind(): boolean
}

/** As long as an answer may take: who is behind by more is down, as far as a platform is concerned. */
const behindAfterMs = 1_000

export function createHandOverWatch(clock: Pick<Clock, 'now'>): HandOverWatch {
  /** Since when, oldest first. */
  const waiting = new Map<string, number>()
  /** Of those, what he failed on. */
  const setAside = new Set<string>()
  let takenOverAt = -Infinity
  let newest = { id: '', at: -Infinity }

  /** Either way: what a clock that was put back shows ahead is not known to be recent. */
  const isLongAgo = (at: number): boolean => Math.abs(clock.now() - at) > behindAfterMs

  function isSilent(): boolean {
    for (const [id, at] of waiting) if (!setAside.has(id)) return isLongAgo(at)
    return false
  }

  const isFailing = (): boolean => setAside.size > 1 && isLongAgo(takenOverAt) && setAside.has(newest.id)

  return {
    promised: (id) => {
      newest = { id, at: clock.now() }
      waiting.set(id, newest.at)
    },
    tookOver: () => {
      takenOverAt = clock.now()
    },
    done: (id) => {
      waiting.delete(id)
      setAside.delete(id)
    },
    failed: (id) => {
      if (waiting.has(id)) setAside.add(id)
    },
    unanswered: (id) => void setAside.delete(id),
    isBehind: () => isSilent() || (isFailing() && !isLongAgo(newest.at)),
  }
}
