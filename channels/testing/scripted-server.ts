import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** `silence`: the request is read and never answered. `trickle`: the answer goes on for ever. `cut`: the connection is cut. */
export type Scripted =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string | Buffer }
  | 'silence'
  | 'trickle'
  | 'cut'

/** A server on loopback that answers as its script says, and remembers what it was asked. */
export async function scriptedServer(script: (request: Received) => Scripted) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const whole = { method, url: new URL(url, 'http://127.0.0.1'), headers, body: Buffer.concat(chunks).toString() }
      received.push(whole)
      const answer = script(whole)
      if (answer === 'cut') request.socket.destroy()
      else if (answer === 'trickle') trickle(response)
      else if (answer !== 'silence') response.writeHead(answer.status, answer.headers ?? {}).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin: `http://127.0.0.1:${port}`, received, close }
}

/** Blanks in front of JSON, one after the other, while anybody reads. */
function trickle(response: ServerResponse): void {
  response.writeHead(200)
  const timer = setInterval(() => response.write(' '), 50)
  response.once('close', () => clearInterval(timer))
}
