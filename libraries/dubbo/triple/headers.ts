import { Metadata } from '@grpc/grpc-js'
import type { Attachments } from '../call.ts'

/** The headers in which Triple says what gRPC has no word for. */
export const headers = {
  group: 'tri-service-group',
  version: 'tri-service-version',
  caller: 'tri-consumer-appname',
  /** URL-encoded JSON: lower-case key → the key as it was, for keys with capitals. HTTP/2 has none. */
  keys: 'tri-header-convert',
  /** Our own, in trailers: the call was refused before it began, so that it may go elsewhere. */
  notProcessed: 'tri-not-processed',
} as const

export const defaultMaxMessageBytes = 8 * 1024 * 1024

const keyPattern = /^[A-Za-z0-9_.-]+$/
const valuePattern = /^[\x20-\x7e]*$/
/** Not attachments but the protocol's own. */
const reservedPattern = /^(grpc-|tri-|:|te$|content-type$|user-agent$|accept-encoding$|content-encoding$|connection$|date$|.*-bin$)/

/** Throws TypeError for a key or value that cannot be a header. */
export function metadataOf(attachments: Attachments, protocolHeaders: { readonly [header: string]: string } = {}): Metadata {
  const metadata = new Metadata()
  const renamed: { [key: string]: string } = {}
  for (const [key, value] of Object.entries(attachments)) {
    const header = key.toLowerCase()
    if (!keyPattern.test(key) || reservedPattern.test(header))
      throw new TypeError(`the attachment "${key}" cannot be a header: letters, digits, "-", "_" and "." make a key`)
    if (!valuePattern.test(value)) throw new TypeError(`the value of the attachment "${key}" cannot be a header: only printable ASCII can; encode it`)
    if (header !== key) renamed[header] = key
    metadata.set(header, value)
  }
  if (Object.keys(renamed).length > 0) metadata.set(headers.keys, encodeURIComponent(JSON.stringify(renamed)))
  for (const [header, value] of Object.entries(protocolHeaders)) if (value !== '') metadata.set(header, value)
  return metadata
}

export function attachmentsOf(metadata: Metadata): Attachments {
  const renamed = keysOf(headerOf(metadata, headers.keys))
  const pairs = Object.entries(metadata.getMap()).flatMap(([header, value]) =>
    reservedPattern.test(header) || typeof value !== 'string' ? [] : [[renamed.get(header) ?? header, value] as const],
  )
  return Object.fromEntries(pairs)
}

export function headerOf(metadata: Metadata, header: string): string | undefined {
  const [value] = metadata.get(header)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function keysOf(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined) return new Map()
  try {
    const value: unknown = JSON.parse(decodeURIComponent(text))
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    // The peer's own business: the keys stay in lower case.
    return new Map()
  }
}
