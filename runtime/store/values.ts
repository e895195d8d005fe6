import { ConstraintViolated } from './port.ts'
import type { SqlValue } from './table.ts'

/**
 * Refuses what one engine would hold and the other would not (text with NUL), or would hold as something else (fractions
 * and inexact integers: every number column is BIGINT). Throws `ConstraintViolated`.
 */
export function checkValues(values: readonly SqlValue[]): void {
  values.forEach(checkValue)
}

function checkValue(value: SqlValue): void {
  if (typeof value === 'string') {
    if (hasNul(value)) throw new ConstraintViolated('text without NUL characters')
  } else if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new ConstraintViolated(`exact integers (got ${value})`)
  }
}

/** The distinct keys that a row can have: no text with NUL is ever stored. */
export function findableKeys(keys: readonly string[]): string[] {
  return [...new Set(keys)].filter((key) => !hasNul(key))
}

function hasNul(text: string): boolean {
  return text.includes('\u0000')
}
