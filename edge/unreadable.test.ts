import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '@suanpan/runtime/time'
import type { Server } from './context.ts'
import { edgeBefore, edgeBeforeServices, placingHead } from './testing/edge.ts'
import { talk } from './testing/talk.ts'

const unroutable = {
  garbage: 'nonsense\r\n\r\n',
  connect: 'CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  expectation: 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n',
}

async function portOf(edge: Server): Promise<number> {
  return Number(new URL(await edge.listen({ port: 0, host: '127.0.0.1' })).port)
}

/** A peer that never closes its side. */
function talkOn(port: number, bytes: string): ReturnType<typeof talk> {
  const talking = talk(port, { allowHalfOpen: true })
  talking.socket.write(bytes)
  return talking
}

for (const [what, bytes] of Object.entries(unroutable)) {
  test(`${what}: a peer that keeps its side open is told why, and holds up no stop`, async () => {
    const edge = await edgeBeforeServices({ clock: systemClock() })
    const port = await portOf(edge)
    const { socket, said } = talkOn(port, bytes)
    assert.match(await said, /^HTTP\/1\.1 400 .*"code":"invalid_request"/s)
    await edge.close()
    socket.destroy()
  })

  test(`${what}: a peer that resets the connection harms nobody`, async () => {
    const edge = await edgeBeforeServices({ clock: systemClock() })
    const port = await portOf(edge)
    const { socket, said } = talkOn(port, bytes)
    await said
    socket.resetAndDestroy()
    const healthy = await fetch(`http://127.0.0.1:${port}/healthz`)
    assert.equal(healthy.status, 200)
    await healthy.text()
    await edge.close()
  })
}

/** Nothing an order system is asked for here: what arrives broken reaches no service. */
const nobodyAsked = {}

const broken = {
  'stops coming': { bytes: `${placingHead}Content-Length: 50\r\n\r\n{"items"`, status: 408, code: 'request_timeout' },
  'comes in chunks of no size': { bytes: `${placingHead}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, status: 400, code: 'invalid_request' },
}

for (const [what, { bytes, status, code }] of Object.entries(broken)) {
  test(`a request whose body ${what} is answered with the reason`, async () => {
    const edge = await edgeBefore(nobodyAsked)
    Object.assign(edge.server, { requestTimeout: 100, headersTimeout: 100, connectionsCheckingInterval: 20 })
    const { socket, said } = talkOn(await portOf(edge), bytes)
    assert.match(await said, new RegExp(`^HTTP/1\\.1 ${status} .*"code":"${code}"`, 's'))
    socket.destroy()
    await edge.close()
  })
}

test('a request that was answered before its body had come is not answered again when that body stops coming', async () => {
  const edge = await edgeBefore(nobodyAsked)
  Object.assign(edge.server, { requestTimeout: 100, headersTimeout: 100, connectionsCheckingInterval: 20 })
  const { socket, said } = talkOn(await portOf(edge), `POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nab`)
  const answers = (await said).match(/HTTP\/1\.1 \d+/g)
  assert.deepEqual(answers, ['HTTP/1.1 404'])
  socket.destroy()
  await edge.close()
})

test('what cannot be read behind a request that is being served is no answer to it: the connection is cut', async () => {
  const began = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const edge = await edgeBefore({
    place: async () => {
      began.resolve()
      await held.promise
      return { answers: [] }
    },
  })
  const port = await portOf(edge)
  const body = JSON.stringify({ items: [{ sku: 'tea', quantity: 1 }] })
  const { socket, said } = talkOn(port, `${placingHead}Content-Length: ${body.length}\r\n\r\n${body}`)
  await began.promise
  socket.write(unroutable.garbage)
  assert.equal(await said, '')
  held.resolve()
  await edge.close()
})
