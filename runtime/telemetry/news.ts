import type { Clock } from '../time/index.ts'

/** Tells whether something has not been told for a while: what is away says the same to everybody who asks. */
export type IsNews = (what: string) => boolean

/** More than there are different things to tell; each is short. */
const mostRemembered = 1_000

export function createNews(clock: Clock, quietMs: number): IsNews {
  const toldAt = new Map<string, number>()
  return (what) => {
    const now = clock.now()
    const before = toldAt.get(what)
    if (before !== undefined && Math.abs(now - before) < quietMs) return false
    if (toldAt.size >= mostRemembered) toldAt.clear()
    toldAt.set(what, now)
    return true
  }
}
