import type { ConnectionError } from 'fastify'
import { STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, problemBody } from './problems.ts'

/** Bytes that never became a request: there is no reply to answer them with, only the socket. */
export function answerUnreadable(error: ConnectionError, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  socket.end(refusal(unreadable(error.code)))
}

/** Requests that Node keeps from the framework, and would answer without a word of explanation. */
export function answerUnrouted(server: Server): void {
  server.on('checkExpectation', ({ socket }) => socket.end(refusal(new Problem('invalid_request', 'Expect: only 100-continue is understood'))))
  server.on('connect', (_, socket) => socket.end(refusal(new Problem('invalid_request', 'this is no proxy: nothing can be reached through it'))))
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
