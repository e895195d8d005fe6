/**
 * Just as much of DER (X.690) as an X.509 certificate is made of. Every function answers one complete element: tag, length,
 * contents.
 */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body), body])
}

function lengthOf({ length }: Uint8Array): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

export const sequence = (...elements: readonly Uint8Array[]): Buffer => element(0x30, ...elements)
export const set = (...elements: readonly Uint8Array[]): Buffer => element(0x31, ...elements)
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))
export const printableString = (text: string): Buffer => element(0x13, Buffer.from(text, 'ascii'))
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))
export const octetString = (content: Uint8Array): Buffer => element(0x04, content)
/** Whole octets only: no unused bits. */
export const bitString = (content: Uint8Array): Buffer => element(0x03, Buffer.from([0]), content)
/** `[number]`, around whole elements. */
export const explicit = (number: number, ...elements: readonly Uint8Array[]): Buffer => element(0xa0 | number, ...elements)
export const nothing: Buffer = element(0x05)

/** A positive whole number in hex. */
export function integer(hex: string): Buffer {
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  // The first bit is the sign.
  return element(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : []), bytes)
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** Years up to 2049. */
export function utcTime(at: number): Buffer {
  return element(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`))
}
