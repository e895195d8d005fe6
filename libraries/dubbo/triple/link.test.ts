import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants, createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { startLine } from '@suanpan/runtime/testing'
import { systemClock } from '@suanpan/runtime/time'
import type { Attachments } from '../call.ts'
import { attachmentsOf, metadataOf } from './headers.ts'
import { openTripleLink, type TripleRequest } from './link.ts'

const clock = systemClock()
const forBusyMachineMs = 5_000
const request: TripleRequest = { path: '/a.B/C', group: 'g', version: '1.0', caller: 'me', body: Buffer.from('x') }

/** HTTP/2 as a provider speaks it, down to what no gRPC library would let one say. */
async function call(context: TestContext, serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void, attachments: Attachments = {}) {
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    serve(stream, headers)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const link = openTripleLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, clock, maxMessageBytes: 1_000 })
  context.after(() => {
    link.close()
    for (const session of sessions) session.destroy()
    server.close()
  })
  return link.call({ request, deadlineAt: clock.now() + 5_000, attachments })
}

/** An answer without a body: everything is in the headers, as Java 3.3 sends its errors. */
function trailersOnly(httpStatus: number, headers: Record<string, string>): (stream: ServerHttp2Stream) => void {
  return (stream) => stream.respond({ ':status': httpStatus, 'content-type': 'application/grpc', ...headers }, { endStream: true })
}

const failed = (name: string, message: string) => ({ kind: 'failed', error: { name, message }, attachments: {} })

const lost = { kind: 'unknown', because: 'connection' }

const answers: readonly (readonly [what: string, serve: (stream: ServerHttp2Stream) => void, reply: unknown])[] = [
  ['Java 3.3: HTTP 500 and a status', trailersOnly(500, { 'grpc-status': '3', 'grpc-message': 'why' }), failed('INVALID_ARGUMENT', 'why')],
  [
    'Java 3.3: HTTP 404 and a status',
    trailersOnly(404, { 'grpc-status': '12', 'grpc-message': 'no such service' }),
    failed('UNIMPLEMENTED', 'no such service'),
  ],
  ['a late answer', trailersOnly(200, { 'grpc-status': '4' }), { kind: 'unknown', because: 'deadline' }],
  ['refused before it began: by the protocol', (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), { kind: 'not_processed', because: 'unreachable' }],
  [
    'refused before it began: by our own provider',
    trailersOnly(200, { 'grpc-status': '14', 'tri-not-processed': 'overloaded' }),
    { kind: 'not_processed', because: 'overloaded' },
  ],
  [
    'unavailable, and nobody says whether it began',
    trailersOnly(200, { 'grpc-status': '14', 'grpc-message': 'gone' }),
    { kind: 'unknown', because: 'connection' },
  ],
  ['the connection breaks', (stream) => stream.session?.destroy(), { kind: 'unknown', because: 'connection' }],
  ['an answer without a message: whatever was done, is done', trailersOnly(200, { 'grpc-status': '0' }), failed('INTERNAL', 'No message received')],
  ['the provider wants calm, and ends the connection', (stream) => stream.session?.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM), lost],
  ['the provider wants calm, and ends the stream', (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM), lost],
  ['the provider wants better encryption', (stream) => stream.close(constants.NGHTTP2_INADEQUATE_SECURITY), lost],
  ['the stream breaks', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), { kind: 'unknown', because: 'connection' }],
]
for (const [what, serve, reply] of answers)
  test(what, async (context) => {
    assert.deepEqual(await call(context, serve), reply)
  })

test('a connection that carries nothing any more is given up for another within nine seconds, also while nobody calls', async (context) => {
  const server = createServer()
  server.on('stream', trailersOnly(200, { 'grpc-status': '5' }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const line = await startLine((server.address() as AddressInfo).port)
  const link = openTripleLink({ host: '127.0.0.1', port: line.port, clock, maxMessageBytes: 1_000 })
  context.after(async () => {
    link.close()
    await line.close()
    server.close()
  })
  const ask = () => link.call({ request, deadlineAt: clock.now() + 5_000, attachments: {} })
  assert.deepEqual(await ask(), failed('NOT_FOUND', ''))
  const [broken] = line.passages
  assert.ok(broken !== undefined)
  line.silence()
  const silentAt = clock.now()
  await once(broken.client, 'close', { signal: AbortSignal.timeout(30_000) })
  const afterMs = clock.now() - silentAt
  assert.ok(afterMs < 9_000 + forBusyMachineMs, `after ${afterMs} ms`)
  assert.deepEqual(await ask(), failed('NOT_FOUND', ''))
})

test('the headers that a provider sees', async (context) => {
  let seen: IncomingHttpHeaders = {}
  await call(
    context,
    (stream, headers) => {
      seen = headers
      trailersOnly(200, { 'grpc-status': '5' })(stream)
    },
    { 'Trace.Id': 'a b' },
  )
  const { ':path': path, ':method': method, te, 'content-type': contentType } = seen
  assert.deepEqual([path, method, te, contentType], ['/a.B/C', 'POST', 'trailers', 'application/grpc'])
  const { 'tri-service-group': group, 'tri-service-version': version, 'tri-consumer-appname': caller } = seen
  assert.deepEqual([group, version, caller], ['g', '1.0', 'me'])
  assert.match(String(seen['grpc-timeout']), /^(4\d\d\d|5000)m$/)
  assert.deepEqual([seen['trace.id'], seen['tri-header-convert']], ['a b', '%7B%22trace.id%22%3A%22Trace.Id%22%7D'])
})

test('attachments come back as they went, whatever else is among the headers', () => {
  const metadata = metadataOf({ a: '1', 'B-c': '2' }, { 'tri-service-group': 'g' })
  metadata.set('grpc-status', '0')
  metadata.set('x-bin', Buffer.from('x'))
  assert.deepEqual(attachmentsOf(metadata), { a: '1', 'B-c': '2' })
})

test('keys that cannot be read leave the attachments in lower case', () => {
  for (const keys of ['%', '%7B', '5', '[]', 'null', '%7B%22a%22%3A5%7D']) {
    const metadata = new Metadata()
    metadata.set('a', '1')
    metadata.set('tri-header-convert', keys)
    assert.deepEqual(attachmentsOf(metadata), { a: '1' })
  }
})

for (const attachments of [{ 'a b': '1' }, { 'grpc-status': '1' }, { 'tri-service-group': 'x' }, { 'a-bin': '1' }, { a: 'ä' }, { a: 'x\ny' }] as const)
  test(`no header: ${JSON.stringify(attachments)}`, () => {
    assert.throws(() => metadataOf(attachments), TypeError)
  })

test('grpc-js begins with the words that we know it by when nothing was sent', async () => {
  const client = new Client('127.0.0.1:1', credentials.createInsecure())
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(
      '/a.B/C',
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.alloc(0),
      (ended) => resolve(ended),
    )
  })
  client.close()
  assert.match(error?.details ?? '', /^No connection established/)
})
