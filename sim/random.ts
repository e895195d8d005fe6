import type { Random } from '@suanpan/runtime/time'

/** Everything that chance decides in a simulation comes from one seed. */
export interface Dice {
  readonly random: Random
  /** True with this probability. */
  chance(probability: number): boolean
  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number
  pick<Item>(items: readonly Item[]): Item
}

/** Mulberry32: small, quick, and good enough to scatter faults. */
export function rollFrom(seed: number): Dice {
  let state = seed >>> 0
  const random: Random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const integer = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1))
  return {
    random,
    chance: (probability) => random() < probability,
    integer,
    pick: (items) => {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}
