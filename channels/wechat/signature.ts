/** How WeChat Pay signs what it sends: notifications and answers alike, over `timestamp\nnonce\nbody\n`. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { headerOf, Refused, signatureBytes } from '../notification.ts'
import type { HeaderValues } from '../port.ts'

/** The platform's public keys by what its header `Wechatpay-Serial` calls them; several while it moves from one to the next. */
export type PlatformKeys = ReadonlyMap<string, KeyObject>

/** Keys that are prepared once: reading a PEM costs more than verifying with it. */
export function platformKeysOf(pems: { readonly [serial: string]: string }): PlatformKeys {
  return new Map(Object.entries(pems).map(([serial, pem]) => [serial, createPublicKey(pem)]))
}

/** Older or newer is not believed: a repeated delivery is signed anew, so that this loses none. */
const maxAgeMs = 300_000

const shapes = { 'wechatpay-timestamp': /^\d{1,12}$/, 'wechatpay-nonce': /^[\x21-\x2b\x2d-\x7e]{1,128}$/, 'wechatpay-serial': /^[0-9A-Za-z_]{1,64}$/ }

/**
 * Throws `Refused` unless the platform signed `body`, now. A header that came twice arrives here as a list, or joined by
 * a comma, which none of the shapes takes.
 *
 * Deliberately wrong signatures (`WECHATPAY/SIGNTEST/…`), by which the platform probes its merchants, are just wrong.
 */
export function requireWechatSignature(keys: PlatformKeys, headers: HeaderValues, body: Uint8Array, now: number): void {
  const signature = headerOf(headers, 'wechatpay-signature') ?? ''
  if (signature === '') throw new Refused('unsigned', 'the header wechatpay-signature is missing')
  const timestamp = shapedHeader(headers, 'wechatpay-timestamp')
  const nonce = shapedHeader(headers, 'wechatpay-nonce')
  const serial = shapedHeader(headers, 'wechatpay-serial')
  const type = headerOf(headers, 'wechatpay-signature-type') ?? 'WECHATPAY2-SHA256-RSA2048'
  if (type !== 'WECHATPAY2-SHA256-RSA2048') throw new Refused('unsupported', 'the signature is not of WECHATPAY2-SHA256-RSA2048')
  const key = keys.get(serial)
  if (key === undefined) throw new Refused('unknown_key', `no key is held for wechatpay-serial ${serial}`)
  if (Math.abs(now - Number(timestamp) * 1000) > maxAgeMs) throw new Refused('stale', 'wechatpay-timestamp is more than 300 s away')
  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, lineFeed])
  if (!verify('sha256', signed, key, signatureBytes(signature))) throw new Refused('bad_signature', 'the signature is wrong')
}

const lineFeed = Buffer.from('\n')

function shapedHeader(headers: HeaderValues, name: keyof typeof shapes): string {
  const value = headerOf(headers, name)
  if (value === undefined || value === '') throw new Refused('unsigned', `the header ${name} is missing`)
  if (!shapes[name].test(value)) throw new Refused('malformed', `the header ${name} is not shaped as one`)
  return value
}
