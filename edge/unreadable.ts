import type { ConnectionError } from 'fastify'
import { STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '@suanpan/runtime/time'
import type { Exchanges } from './exchanges.ts'
import { Problem, problemBody } from './problems.ts'

/** A peer may take this long to read why it was refused, and to close its side. */
const lingerMs = 1_000

/** What speaks for the server where no request came to the framework: there is no reply to answer with, only the socket. */
export interface ConnectionGuard {
  /** Bytes that never became a request. */
  readonly refuseUnreadable: (error: ConnectionError, socket: Duplex) => void
  /** Requests that Node keeps from the framework, and would answer without a word of explanation. */
  refuseUnrouted(server: Server): void
  /** Ends the connection with these words, unless they would stand in the answer of a request: then without any. */
  refuse(socket: Duplex, problem: Problem): void
}

export function createConnectionGuard(exchanges: Exchanges, clock: Clock): ConnectionGuard {
  function refuse(socket: Duplex, problem: Problem): void {
    // Node takes its own listeners from the socket of a CONNECT: a reset that nobody hears would end the whole process.
    socket.on('error', () => socket.destroy())
    if (exchanges.isSpokenFor(socket)) return void socket.destroy()
    socket.end(refusal(problem))
    socket.resume()
    // No limit of Node's counts for it any more: a peer that never closes its side would be kept, and hold up every stop, for ever.
    clock.after(lingerMs, () => socket.destroy())
  }

  return {
    refuse,
    refuseUnreadable: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
      refuse(socket, unreadable(error.code))
    },
    refuseUnrouted: (server) => {
      server.on('checkExpectation', ({ socket }) => refuse(socket, new Problem('invalid_request', 'Expect: only 100-continue is understood')))
      server.on('connect', (_, socket) => refuse(socket, new Problem('invalid_request', 'this is no proxy: nothing can be reached through it')))
    },
  }
}

function refusal(problem: Problem): string {
  const body = problemBody(problem)
  const json = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${json}`
}

function unreadable(because: string): Problem {
  switch (because) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'the head of the request is larger than 16 KB')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'the request did not arrive in time')
    default:
      return new Problem('invalid_request', 'this is not HTTP/1.1')
  }
}
