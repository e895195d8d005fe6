import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '@suanpan/runtime/time'
import type { Server } from './context.ts'
import { bearer, edgeBefore, edgeBeforeServices } from './testing/edge.ts'
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
  const head = `POST /api/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${bearer('user-1').authorization}\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n`
  const { socket, said } = talkOn(port, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)
  await began.promise
  socket.write(unroutable.garbage)
  assert.equal(await said, '')
  held.resolve()
  await edge.close()
})
