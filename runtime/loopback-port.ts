import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { reasonOf } from './reason.ts'

export interface LoopbackAnswer {
  readonly status: number
  readonly text: string
}

/** A port for operators on this machine. */
export interface LoopbackPort {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves plain text on loopback only; `answer` gets `GET /path`. A web page that a browser on this machine shows can send such
 * requests, too: a GET, as an image, whose answer it cannot read, or a POST, which bears an `Origin`. Rejects where the port is taken; 0 is any that is free.
 */
export async function openLoopbackPort(port: number, answer: (request: string) => Promise<LoopbackAnswer>): Promise<LoopbackPort> {
  const server = createServer((request, response) => {
    const answered = isOfThisMachine(request) ? answer(`${request.method ?? ''} ${request.url ?? ''}`) : foreign
    // What could not be done is told to whoever asked, and is no reason for the process to end.
    const told = answered.catch((error: unknown): LoopbackAnswer => ({ status: 500, text: reasonOf(error) }))
    void told.then(({ status, text }) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${text}\n`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const foreign: Promise<LoopbackAnswer> = Promise.resolve({ status: 403, text: 'only for programs on this machine' })

function isOfThisMachine({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined && isLoopbackHost(headers.host ?? '')
}

/**
 * Whether a `Host` header names this machine, as everyone's who asks for it by such a name: where not, it is a page of the wide
 * web whose name was turned to this machine, and which so reads and sends as if it were ours (DNS rebinding).
 */
export function isLoopbackHost(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host)
}
