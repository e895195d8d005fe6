/** What one message can say: bytes as they are, text as UTF-8, anything else as JSON. */
export type Payload = Uint8Array | string | number | boolean | null | readonly unknown[] | { readonly [name: string]: unknown }

/** Several payloads that travel, are settled, retried and buried as one message. */
export class Batch {
  readonly payloads: readonly Payload[]

  constructor(payloads: readonly Payload[]) {
    if (payloads.length === 0) throw new TypeError('a batch of no messages cannot be sent')
    this.payloads = payloads
  }
}

export const batch = (payloads: readonly Payload[]): Batch => new Batch(payloads)

export function encodePayload(payload: Payload): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
}

const lengthBytes = 4

/** Each body with its length before it, four bytes, big end first: what Java's `DataInputStream` reads with `readInt` and `readNBytes`. */
export function encodeBodies(bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(lengthBytes)
      length.writeUInt32BE(body.length)
      return [length, body]
    }),
  )
}

/** Throws if the bytes are not `count` bodies of a batch. */
export function decodeBodies(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bodies: Uint8Array[] = []
  let at = 0
  while (at + lengthBytes <= bytes.length) {
    const end = at + lengthBytes + view.getUint32(at)
    if (end > bytes.length) break
    bodies.push(bytes.subarray(at + lengthBytes, end))
    at = end
  }
  if (at !== bytes.length || bodies.length !== count) throw new Error(`${bytes.length} bytes are no batch of ${count}`)
  return bodies
}

export const textOf = (body: Uint8Array): string => Buffer.from(body).toString()

/** Throws a `SyntaxError` if it is no JSON. What it holds is for the receiver to check. */
export const jsonOf = (body: Uint8Array): unknown => JSON.parse(textOf(body))
