import type { WireCall, WireReply } from './dispatch.ts'

/** A call or a reply on its way to another thread. */
export type Frame =
  | { readonly kind: 'call'; readonly id: number; readonly call: WireCall }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: WireReply }

/** Replies without a body, by the byte that stands for them; 0 is a call, 1 an answered reply. */
const bodiless: readonly WireReply[] = [
  { kind: 'unknown', because: 'deadline' },
  { kind: 'unknown', because: 'connection' },
  { kind: 'unknown', because: 'failed' },
  { kind: 'not_processed', because: 'unreachable' },
  { kind: 'not_processed', because: 'overloaded' },
  { kind: 'not_processed', because: 'deadline' },
]
const callByte = 0
const answeredByte = 1
const firstBodiless = 2

const nothing = new Uint8Array(0)

/** Byte, id and length of the body; a call has its deadline and the lengths of two short texts besides. */
const headBytes = 1 + 4 + 4
const callHeadBytes = headBytes + 8 + 2 + 2

function bodyOf(frame: Frame): Uint8Array {
  if (frame.kind === 'call') return frame.call.body
  return frame.reply.kind === 'answered' ? frame.reply.body : nothing
}

function sizeOf(frame: Frame): number {
  const body = bodyOf(frame).length
  return frame.kind === 'call' ? callHeadBytes + frame.call.method.length + frame.call.traceparent.length + body : headBytes + body
}

function byteOf(frame: Frame): number {
  if (frame.kind === 'call') return callByte
  const { reply } = frame
  if (reply.kind === 'answered') return answeredByte
  return firstBodiless + bodiless.findIndex((known) => known.kind === reply.kind && 'because' in known && known.because === reply.because)
}

/**
 * Many frames as one run of bytes, in memory of its own, so that it can be handed over instead of copied. Structured
 * cloning of the same frames as objects costs several times as much.
 */
export function encodeFrames(frames: readonly Frame[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(new ArrayBuffer(frames.reduce((sum, frame) => sum + sizeOf(frame), 0)))
  let offset = 0
  for (const frame of frames) {
    const body = bodyOf(frame)
    offset = bytes.writeUInt8(byteOf(frame), offset)
    offset = bytes.writeUInt32LE(frame.id, offset)
    offset = bytes.writeUInt32LE(body.length, offset)
    if (frame.kind === 'call') {
      const { method, traceparent, deadlineAt } = frame.call
      offset = bytes.writeDoubleLE(deadlineAt, offset)
      offset = bytes.writeUInt16LE(method.length, offset)
      offset = bytes.writeUInt16LE(traceparent.length, offset)
      // Method names and trace contexts are ASCII.
      offset += bytes.write(method, offset, 'latin1')
      offset += bytes.write(traceparent, offset, 'latin1')
    }
    bytes.set(body, offset)
    offset += body.length
  }
  return bytes
}

/** The frames in these bytes; their bodies are views of them. */
export function decodeFrames(received: Uint8Array): Frame[] {
  const bytes = Buffer.from(received.buffer, received.byteOffset, received.byteLength)
  const frames: Frame[] = []
  let offset = 0
  const take = (length: number): Uint8Array => bytes.subarray(offset, (offset += length))
  const text = (length: number): string => bytes.toString('latin1', offset, (offset += length))
  while (offset < bytes.length) {
    const byte = bytes.readUInt8(offset)
    const id = bytes.readUInt32LE(offset + 1)
    const bodyLength = bytes.readUInt32LE(offset + 5)
    offset += headBytes
    if (byte === callByte) {
      const deadlineAt = bytes.readDoubleLE(offset)
      const methodLength = bytes.readUInt16LE(offset + 8)
      const traceparentLength = bytes.readUInt16LE(offset + 10)
      offset += callHeadBytes - headBytes
      const call = { method: text(methodLength), traceparent: text(traceparentLength), deadlineAt, body: take(bodyLength) }
      frames.push({ kind: 'call', id, call })
      continue
    }
    const body = take(bodyLength)
    const reply: WireReply = byte === answeredByte ? { kind: 'answered', body } : (bodiless[byte - firstBodiless] ?? { kind: 'unknown', because: 'connection' })
    frames.push({ kind: 'reply', id, reply })
  }
  return frames
}
