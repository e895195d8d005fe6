import { connect, type Socket } from 'node:net'
import { BadResponse, createResponseParser, type HttpResponse } from './response-parser.ts'

export interface Target {
  /** A name, or an address, without the brackets that one of IPv6 has in a URL. */
  readonly host: string
  readonly port: number
}

/** What became of one request. After `lost` and `timeout` nobody here knows whether the server did what was asked. */
export type Answer =
  | { readonly kind: 'response'; readonly status: number; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly because: 'unreachable' | 'lost' | 'timeout' | 'bad_response' }

/** One keep-alive connection with one request in flight at most; it connects, and connects again, when it has to. */
export interface Connection {
  /** Resolves once it is connected; or could not be within a second, which the next request tells. */
  connect(): Promise<void>
  /** `request` is a whole HTTP/1.1 request in Latin-1. The answer's body is only valid during the call. */
  send(request: string, onAnswer: (answer: Answer) => void): void
  /** Gives the request in flight up, if it began before this time (`performance.now()`). */
  abandonBefore(startedAt: number): void
  close(): void
}

/** A network that swallows everything says nothing for minutes. */
const connectWithinMs = 1_000

/** All sockets read into this one: each piece is parsed before the next is read. */
const readBuffer = Buffer.allocUnsafe(64 * 1_024)

export function createConnection({ host, port }: Target): Connection {
  let socket: Socket | undefined
  let waiting: ((answer: Answer) => void) | undefined
  let sentAt = 0

  function answer(result: Answer): void {
    const onAnswer = waiting
    waiting = undefined
    onAnswer?.(result)
  }

  function giveUp(because: 'unreachable' | 'lost' | 'timeout' | 'bad_response'): void {
    socket?.destroy()
    socket = undefined
    answer({ kind: 'failed', because })
  }

  function onResponse({ status, body, closes }: HttpResponse): void {
    if (waiting === undefined) throw new BadResponse('a response that nobody asked for')
    if (closes) {
      socket?.destroy()
      socket = undefined
    }
    answer({ kind: 'response', status, body })
  }

  function open(): Socket {
    const parser = createResponseParser(onResponse)
    let connected = false
    const opened = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer: readBuffer,
        callback: (byteCount) => {
          try {
            parser.feed(readBuffer.subarray(0, byteCount))
          } catch (error) {
            if (!(error instanceof BadResponse)) throw error
            giveUp('bad_response')
          }
          return true
        },
      },
    })
    opened.once('connect', () => {
      connected = true
    })
    opened.on('error', () => undefined)
    opened.once('close', () => {
      // A socket that was replaced has nothing to say any more.
      if (socket === opened) giveUp(connected ? 'lost' : 'unreachable')
    })
    return opened
  }

  return {
    connect() {
      const { promise, resolve } = Promise.withResolvers<void>()
      socket ??= open()
      if (!socket.connecting) resolve()
      socket.once('connect', resolve).once('close', () => resolve())
      setTimeout(resolve, connectWithinMs).unref()
      return promise
    },
    send(request, onAnswer) {
      waiting = onAnswer
      sentAt = performance.now()
      socket ??= open()
      socket.write(request, 'latin1')
    },
    abandonBefore(startedAt) {
      if (waiting !== undefined && sentAt < startedAt) giveUp('timeout')
    },
    close() {
      const closed = socket
      socket = undefined
      closed?.destroy()
      answer({ kind: 'failed', because: 'lost' })
    },
  }
}
