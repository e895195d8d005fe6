import { Problem } from './problems.ts'

/** A page's cursor is a key that clients need not understand. */
function encodeCursor(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url')
}

/** Throws `Problem` for a cursor that this shop did not make. */
export function decodeCursor(cursor: string | undefined): string {
  if (cursor === undefined) return ''
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  if (encodeCursor(key) !== cursor || !/^[\x21-\x7e]{1,150}$/.test(key)) throw new Problem('invalid_request', 'cursor: take it from `next` of the page before')
  return key
}

const defaultPageSize = 50

export function pageSize(limit: string | undefined): number {
  return limit === undefined ? defaultPageSize : Number(limit)
}

/** `next` of a page, where there is one. */
export function nextOf(key: string | undefined): { next?: string } {
  return key === undefined || key === '' ? {} : { next: encodeCursor(key) }
}
