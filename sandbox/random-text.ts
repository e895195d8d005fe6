import type { Random } from '@suanpan/runtime/time'

const lettersAndDigits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Random characters of an alphabet; letters and digits, unless another is named. */
export function randomText(random: Random, length: number, alphabet = lettersAndDigits): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}
