import type { SqlValue } from '../table.ts'

/** Types of elements, and their numbers in PostgreSQL's `pg_type`. */
const typeNumbers = { bigint: 20, text: 25, bytea: 17 } as const

export type ElementType = keyof typeof typeNumbers

const headerBytes = 20
const lengthBytes = 4
const bigintBytes = 8
/** A UTF-16 unit is at most three bytes in UTF-8. */
const mostBytesPerUnit = 3
/** Written as the length of NULL. */
const lengthOfNull = -1

/**
 * An array with one dimension as the server takes it in binary (`array_recv`). As text every element would be quoted
 * here and taken apart there: 230 instead of 30 ns an integer, 1.3 instead of 0.3 µs an order's items.
 */
export function binaryArray(type: ElementType, values: readonly SqlValue[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.reduce((sum: number, value) => sum + lengthBytes + mostBytesOf(value), headerBytes))
  let offset = 0
  // Dimensions, whether there may be NULLs, the elements' type, how many, the first one's index.
  for (const field of [1, 1, typeNumbers[type], values.length, 1]) offset = bytes.writeInt32BE(field, offset)
  for (const value of values) {
    const start = offset + lengthBytes
    const end = value === null ? start : writeElement(type, value, bytes, start)
    bytes.writeInt32BE(value === null ? lengthOfNull : end - start, offset)
    offset = end
  }
  return bytes.subarray(0, offset)
}

function mostBytesOf(value: SqlValue): number {
  if (value === null) return 0
  if (typeof value === 'number') return bigintBytes
  return value.length * (typeof value === 'string' ? mostBytesPerUnit : 1)
}

/** Answers where it ends. */
function writeElement(type: ElementType, value: string | number | Uint8Array, bytes: Buffer, start: number): number {
  if (type === 'text' && typeof value === 'string') return start + bytes.write(value, start)
  if (type === 'bigint' && typeof value === 'number') {
    bytes.writeInt32BE(Math.floor(value / 2 ** 32), start)
    return bytes.writeUInt32BE(value >>> 0, start + lengthBytes)
  }
  if (type === 'bytea' && value instanceof Uint8Array) {
    bytes.set(value, start)
    return start + value.length
  }
  throw new TypeError(`a column of type ${type} was given a ${typeof value}`)
}
