import type { Random } from '@suanpan/runtime/time'

/** A provider that may be chosen. */
export interface Candidate {
  readonly address: string
  /** Its share against the others'; 0 is chosen only where all are 0. */
  readonly weight: number
  /** Calls under way to it from here. */
  readonly active: number
}

/** Chooses one of several; there is at least one. It may remember what it chose before. */
export type Balancer = <Chosen extends Candidate>(candidates: readonly [Chosen, ...Chosen[]]) => Chosen

/** `random`: by weight. `round_robin`: by weight, spread smoothly. `least_active`: the least busy, among those by weight. */
export type LoadBalance = 'random' | 'round_robin' | 'least_active'

export function createBalancer(loadBalance: LoadBalance, random: Random): Balancer {
  switch (loadBalance) {
    case 'random':
      return weightedRandom(random)
    case 'round_robin':
      return smoothRoundRobin()
    case 'least_active':
      return leastActive(random)
  }
}

function totalWeight(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0)
}

function weightedRandom(random: Random): Balancer {
  return (candidates) => {
    const total = totalWeight(candidates)
    if (total === 0) return candidates[Math.floor(random() * candidates.length)] ?? candidates[0]
    let rest = random() * total
    for (const candidate of candidates) {
      rest -= candidate.weight
      if (rest < 0) return candidate
    }
    return candidates[0]
  }
}

/**
 * Everybody earns its weight at each turn, the richest is chosen and pays what all earned: 5:1:1 gives a a b a c a a
 * rather than a a a a a b c.
 */
function smoothRoundRobin(): Balancer {
  let credits = new Map<string, number>()
  return (candidates) => {
    const total = totalWeight(candidates)
    const earned = new Map<string, number>()
    let [richest] = candidates
    for (const candidate of candidates) {
      // Without any weight, everybody weighs the same.
      earned.set(candidate.address, (credits.get(candidate.address) ?? 0) + (total === 0 ? 1 : candidate.weight))
      if ((earned.get(candidate.address) ?? 0) > (earned.get(richest.address) ?? 0)) richest = candidate
    }
    earned.set(richest.address, (earned.get(richest.address) ?? 0) - (total === 0 ? candidates.length : total))
    // Who is not there this time may have been tried just before: its credit stays, while it is one of few.
    for (const [address, credit] of credits) if (!earned.has(address) && earned.size < maxRemembered) earned.set(address, credit)
    credits = earned
    return richest
  }
}

const maxRemembered = 1_000

function leastActive(random: Random): Balancer {
  const among = weightedRandom(random)
  return (candidates) => {
    const least = Math.min(...candidates.map(({ active }) => active))
    const [first = candidates[0], ...others] = candidates.filter(({ active }) => active === least)
    return among([first, ...others])
  }
}
