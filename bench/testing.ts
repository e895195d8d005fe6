import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Target } from '@suanpan/load'

export interface FakeAnswer {
  readonly status?: number
  readonly body: unknown
}

/** A server that answers each path as told, while something is done with it. */
export async function withFakeShop<Result>(answer: (url: URL) => FakeAnswer, use: (target: Target) => Promise<Result>): Promise<Result> {
  const server = createServer((request, reply) => {
    const { status = 200, body } = answer(new URL(request.url ?? '', 'http://fake'))
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    request.resume().once('end', () => reply.writeHead(status, { 'content-length': Buffer.byteLength(text) }).end(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
