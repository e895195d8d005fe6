import type { ConnectionError } from 'fastify'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Problem, problemBody } from './problems.ts'

/** Bytes that never became a request: there is no reply to answer them with, only the socket. */
export function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const body = problemBody(unreadable(error.code))
  const json = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`)
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
