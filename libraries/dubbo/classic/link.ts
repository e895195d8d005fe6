import { inTime, type Clock } from '@suanpan/runtime/time'
import type { Reply } from '../call.ts'
import { HessianError, type HessianEncoder, type HessianValue } from '../hessian/index.ts'
import type { Link, LinkState } from '../link.ts'
import { openConnection, type Answer, type Connection } from './connection.ts'
import { headBytes, statuses } from './frames.ts'
import { describeException, encodeCall, type CallHead } from './messages.ts'

/** What is called, and how its arguments are written. */
export interface ClassicRequest extends CallHead {
  readonly write: (encoder: HessianEncoder) => void
}

export interface ClassicLinkOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly connectWithinMs?: number
  readonly heartbeatMs?: number
  readonly maxBodyBytes?: number
  /** A provider that said it goes and is there still after so long is asked again: an operator has changed his mind. */
  readonly leavingForMs?: number
}

const firstReconnectMs = 200
const maxReconnectMs = 5_000

/** Keeps a connection to one provider of `dubbo://` open, and makes it anew when it breaks. */
export function openClassicLink(options: ClassicLinkOptions): Link<ClassicRequest, HessianValue> {
  const { clock, connectWithinMs = 3_000, heartbeatMs = 20_000, maxBodyBytes = 8 * 1024 * 1024, leavingForMs = 15_000 } = options
  let state: LinkState | 'closed' = 'connecting'
  let reconnectMs = firstReconnectMs
  let cancelReconnect = (): void => {}
  let changed = Promise.withResolvers<void>()
  let connection = open()

  function become(next: LinkState | 'closed'): void {
    state = next
    changed.resolve()
    changed = Promise.withResolvers()
  }

  function open(): Connection {
    return openConnection({
      ...options,
      connectWithinMs,
      heartbeatMs,
      maxBodyBytes,
      onOpen: () => {
        if (state === 'closed') return connection.close()
        become('ready')
      },
      onLeaving: () => {
        if (state !== 'ready') return
        become('leaving')
        cancelReconnect = clock.after(leavingForMs, reopen)
      },
      onClosed: (wasHeard) => {
        if (state === 'closed') return
        become('down')
        if (wasHeard) reconnectMs = firstReconnectMs
        cancelReconnect()
        cancelReconnect = clock.after(reconnectMs, () => {
          connection = open()
        })
        reconnectMs = Math.min(reconnectMs * 2, maxReconnectMs)
      },
    })
  }

  /** Its end is followed by a new one. */
  function reopen(): void {
    if (connection.callsUnderWay === 0) connection.close()
    else cancelReconnect = clock.after(firstReconnectMs, reopen)
  }

  /** Waits for the connection; until the deadline at most. */
  async function untilReady(deadlineAt: number): Promise<void> {
    const until = Math.min(clock.now() + connectWithinMs, deadlineAt)
    while (state === 'connecting' && (await inTime(clock, until - clock.now(), changed.promise)));
  }

  return {
    get state() {
      return state === 'closed' ? 'leaving' : state
    },
    call: async ({ request, deadlineAt, attachments }) => {
      if (state === 'connecting') await untilReady(deadlineAt)
      if (state !== 'ready') return { kind: 'not_processed', because: state === 'leaving' || state === 'closed' ? 'leaving' : 'unreachable' }
      const remainingMs = deadlineAt - clock.now()
      if (remainingMs <= 0) return { kind: 'not_processed', because: 'deadline' }
      if (connection.isCongested) return { kind: 'not_processed', because: 'overloaded' }
      const all = { ...attachments, path: request.path, interface: request.path, version: request.version, timeout: String(Math.ceil(remainingMs)) }
      return replyOf(await connection.call((id) => withinLimit(encodeCall(id, request, request.write, all), maxBodyBytes), deadlineAt))
    },
    close: () => {
      become('closed')
      cancelReconnect()
      finish()
    },
  }

  /** What is under way is answered or overdue soon. */
  function finish(): void {
    if (connection.callsUnderWay === 0) connection.close()
    else clock.after(firstReconnectMs, finish)
  }
}

/** A provider ends the connection at a longer frame, and with it every call under way. */
function withinLimit(frame: Buffer, maxBodyBytes: number): Buffer {
  if (frame.length <= maxBodyBytes + headBytes) return frame
  throw new HessianError(`the call has ${frame.length - headBytes} bytes, more than the limit of ${maxBodyBytes}`)
}

function replyOf(answer: Answer): Reply<HessianValue> {
  switch (answer.kind) {
    case 'value':
      return { kind: 'answered', value: answer.value, attachments: answer.attachments }
    case 'exception':
      return { kind: 'failed', error: describeException(answer.exception), attachments: answer.attachments }
    case 'overdue':
      return { kind: 'unknown', because: 'deadline' }
    case 'lost':
      return { kind: 'unknown', because: 'connection' }
    case 'error':
      if (answer.status === statuses.overloaded) return { kind: 'not_processed', because: 'overloaded' }
      if (answer.status === statuses.serverTimeout) return { kind: 'unknown', because: 'deadline' }
      return { kind: 'failed', error: { name: nameOf(answer.status), message: answer.message }, attachments: {} }
  }
}

/** `service_not_found` and so on; the number where it has no name. */
function nameOf(code: number): string {
  const known = Object.entries(statuses).find(([, value]) => value === code)
  return known === undefined ? `status ${code}` : known[0].replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
