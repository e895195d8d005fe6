import type { Clock, Random } from './time/index.ts'

export interface Ids {
  /**
   * A new id: the prefix, `_`, and 26 characters of Crockford's base 32: 48 bits of time and 80 bits of randomness, as
   * in a ULID. Ids sort as text by time of making, so that rows keyed by them are appended rather than scattered.
   */
  next(prefix: string): string
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const chunkLength = 4
const chunkCount = 32 ** chunkLength

export function createIds({ clock, random }: { readonly clock: Clock; readonly random: Random }): Ids {
  let lastAt = -1
  let time = ''
  /** Sixteen characters as four numbers of four characters each; counted up within a millisecond. */
  let chunks = [0, 0, 0, 0]

  function increase(): void {
    for (let index = 3; index >= 0; index--) {
      const next = ((chunks[index] as number) + 1) % chunkCount
      chunks[index] = next
      if (next !== 0) return
    }
  }

  return {
    next: (prefix) => {
      const now = clock.now()
      if (now > lastAt) {
        lastAt = now
        time = base32(now, 10)
        // The first chunk leaves its top bit free, so that counting up never wraps within a millisecond.
        chunks = [random() * (chunkCount / 2), random() * chunkCount, random() * chunkCount, random() * chunkCount].map(Math.floor)
      } else {
        increase()
      }
      return `${prefix}_${time}${chunks.map((chunk) => base32(chunk, chunkLength)).join('')}`
    },
  }
}

function base32(value: number, length: number): string {
  let text = ''
  let rest = value
  for (let index = 0; index < length; index++) {
    text = (alphabet[rest % 32] as string) + text
    rest = Math.floor(rest / 32)
  }
  return text
}
