/**
 * The body of an Alipay notification, read more strictly than a browser's form would be: a signature covers the decoded
 * fields, so that two readings of the same bytes must not exist. Twice the same key, a broken escape or invalid UTF-8
 * is not a form.
 */
import { decodeUtf8 } from '../fields.ts'

/** A notification has about thirty. */
const maxFields = 100

/** The decoded fields; undefined if the bytes are no such form. Escapes are decoded once, and never again. */
export function fieldsOfForm(body: Uint8Array): ReadonlyMap<string, string> | undefined {
  const text = decodeUtf8(body)
  if (text === undefined) return undefined
  const fields = new Map<string, string>()
  const pairs = text.split('&', maxFields + 1)
  if (pairs.length > maxFields) return undefined
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const name = equals < 1 ? undefined : decoded(pair.slice(0, equals))
    const value = decoded(pair.slice(equals + 1))
    if (name === undefined || value === undefined || fields.has(name)) return undefined
    fields.set(name, value)
  }
  return fields
}

function decoded(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined
  }
}
