import { connect, type Socket } from 'node:net'
import type { Clock } from '@suanpan/runtime/time'
import { HessianError } from '../hessian/index.ts'
import { createFrameReader, FrameError, heartbeat, heartbeatAnswer, isReadOnlyNotice, statuses, type Frame } from './frames.ts'
import { decodeAnswer, decodeFailure, type AnswerMessage } from './messages.ts'
import { createOutbox } from './outbox.ts'

/** What came of a call on this connection. */
export type Answer =
  | AnswerMessage
  | { readonly kind: 'error'; readonly status: number; readonly message: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'overdue' }

export interface ConnectionOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly connectWithinMs: number
  readonly heartbeatMs: number
  readonly maxBodyBytes: number
  readonly onOpen: () => void
  /** The provider says that it goes: no new calls. */
  readonly onLeaving: () => void
  /** Once; whether or not it was ever open. Tells whether the provider has said anything: a port may take connections and end them. */
  readonly onClosed: (wasHeard: boolean) => void
}

/** One connection to a provider: calls by number, heartbeats, and nothing after it is closed. */
export interface Connection {
  /** Sends a call and waits for its answer. `write` gets the call's number. Throws what `write` throws. */
  call(write: (id: bigint) => Buffer, deadlineAt: number): Promise<Answer>
  readonly callsUnderWay: number
  /** More is waiting to be sent than the network takes. */
  readonly isCongested: boolean
  close(): void
}

/** After three silent heartbeats the peer counts as gone, as in Java. */
const silentHeartbeats = 3
const congestedBytes = 16 * 1024 * 1024

export function openConnection({ host, port, clock, connectWithinMs, heartbeatMs, maxBodyBytes, onOpen, onLeaving, onClosed }: ConnectionOptions): Connection {
  const waiting = new Map<bigint, (answer: Answer) => void>()
  const reader = createFrameReader(maxBodyBytes)
  const socket: Socket = connect({ host, port, noDelay: true })
  const outbox = createOutbox(socket, clock)
  let lastId = 0n
  let isHeard = false
  let lastHeardAt = clock.now()
  let lastSentAt = clock.now()
  let cancelTimer = clock.after(connectWithinMs, () => socket.destroy())

  socket.on('connect', () => {
    cancelTimer()
    lastHeardAt = clock.now()
    beat()
    onOpen()
  })
  socket.on('data', (chunk) => {
    lastHeardAt = clock.now()
    try {
      for (const frame of reader.push(chunk)) receive(frame)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      socket.destroy()
    }
  })
  // 'close' follows, and says all there is to say.
  socket.on('error', () => {})
  socket.on('close', () => {
    cancelTimer()
    for (const settle of waiting.values()) settle({ kind: 'lost' })
    waiting.clear()
    onClosed(isHeard)
  })

  function send(bytes: Buffer): void {
    lastSentAt = clock.now()
    outbox.send(bytes)
  }

  function beat(): void {
    cancelTimer = clock.after(heartbeatMs, () => {
      const now = clock.now()
      // The clock may have been put back.
      lastHeardAt = Math.min(lastHeardAt, now)
      lastSentAt = Math.min(lastSentAt, now)
      if (now - lastHeardAt > heartbeatMs * silentHeartbeats) socket.destroy()
      else {
        if (now - lastHeardAt >= heartbeatMs || now - lastSentAt >= heartbeatMs) send(heartbeat(++lastId))
        beat()
      }
    })
  }

  function receive(frame: Frame): void {
    isHeard = true
    if (isReadOnlyNotice(frame)) onLeaving()
    else if (frame.isEvent) {
      if (frame.isRequest && frame.isTwoWay) send(heartbeatAnswer(frame.id))
    } else if (!frame.isRequest) {
      // Nobody waits any more for an answer that comes after its deadline.
      waiting.get(frame.id)?.(answerOf(frame))
    }
  }

  return {
    call: (write, deadlineAt) => {
      const id = ++lastId
      const bytes = write(id)
      return new Promise((resolve) => {
        const cancel = clock.after(deadlineAt - clock.now(), () => settle({ kind: 'overdue' }))
        const settle = (answer: Answer): void => {
          cancel()
          waiting.delete(id)
          resolve(answer)
        }
        waiting.set(id, settle)
        send(bytes)
      })
    },
    get callsUnderWay() {
      return waiting.size
    },
    get isCongested() {
      return outbox.waitingBytes > congestedBytes
    },
    close: () => socket.destroy(),
  }
}

function answerOf({ status, body }: Frame): Answer {
  if (status !== statuses.ok) return { kind: 'error', status, message: decodeFailure(body) }
  try {
    return decodeAnswer(body)
  } catch (error) {
    if (error instanceof HessianError) return { kind: 'error', status: statuses.badResponse, message: `the answer cannot be read: ${error.message}` }
    throw error
  }
}
