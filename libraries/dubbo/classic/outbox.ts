import type { Socket } from 'node:net'
import type { Clock } from '@suanpan/runtime/time'

/** Frames on their way into a socket. Those of one turn leave in one write: a write of its own costs more than a small call. */
export interface Outbox {
  send(frame: Buffer): void
  /** Bytes that the network has not taken yet. */
  readonly waitingBytes: number
  /** Writes now what is to go before the end. */
  flush(): void
}

export function createOutbox(socket: Socket, clock: Clock): Outbox {
  let frames: Buffer[] = []
  let bytes = 0

  function flush(): void {
    const [first, ...others] = frames
    frames = []
    bytes = 0
    if (first === undefined || !socket.writable) return
    socket.write(others.length === 0 ? first : Buffer.concat([first, ...others]))
  }

  return {
    send: (frame) => {
      bytes += frame.length
      if (frames.push(frame) === 1) clock.soon(flush)
    },
    get waitingBytes() {
      return bytes + socket.writableLength
    },
    flush,
  }
}
