import type { Codec, Written } from './port.ts'

/** A larger message's memory is not kept for the next one. */
const keptBytes = 64 * 1024

/**
 * Encodes messages of one type, one after the other into the same memory: a writer of its own for each begins small, and
 * doubles until the message fits, which is half of the cost (0.8 of 1.6 µs for a reservation of two lines, 8 of 20 µs for forty).
 */
export function encoderOf<Message>(codec: Codec<Message>): (message: Message) => Uint8Array {
  let idle: Written | undefined
  return (message) => {
    const writer = idle
    // What a message that cannot be written leaves behind is not written on.
    idle = undefined
    const written = codec.encode(message, writer)
    const bytes = written.finish()
    if (bytes.length <= keptBytes) idle = written
    return bytes
  }
}
