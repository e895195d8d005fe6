import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import type { Server } from './context.ts'
import { bearer, edgeBeforeServices, placingHead, someOrder, startedAt } from './testing/edge.ts'
import { talk } from './testing/talk.ts'

const silenceMs = 250
const patienceMs = 3_000
const lingerMs = 1_000

async function portOf(edge: Server): Promise<number> {
  return Number(new URL(await edge.listen({ port: 0, host: '127.0.0.1' })).port)
}

/** A peer that never closes its side, and whose bytes the server has seen. */
async function peerThatSends(port: number, bytes: string): Promise<ReturnType<typeof talk>> {
  const talking = talk(port, { allowHalfOpen: true })
  await once(talking.socket, 'connect')
  talking.socket.write(bytes)
  // Whoever connects after it is served after it.
  await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()
  return talking
}

test('a peer that says nothing holds up no stop', { timeout: 5_000 }, async () => {
  const clock = manualClock(startedAt)
  const edge = await edgeBeforeServices({ clock })
  const { said } = await peerThatSends(await portOf(edge), '')
  const closed = edge.close()
  await clock.advance(silenceMs)
  await closed
  assert.equal(await said, '')
})

const unfinished = {
  'half a head': 'GET / HTTP/1.1\r\n',
  'half a body': `${placingHead}Content-Length: 50\r\n\r\n{"items"`,
}

for (const [what, bytes] of Object.entries(unfinished)) {
  test(`a peer that sends ${what} is told after a while that it is too late, and holds up no stop`, { timeout: 5_000 }, async () => {
    const clock = manualClock(startedAt)
    const edge = await edgeBeforeServices({ clock })
    const { socket, said } = await peerThatSends(await portOf(edge), bytes)
    const closed = edge.close()
    await clock.advance(patienceMs)
    assert.match(await said, /^HTTP\/1\.1 408 .*"code":"request_timeout"/s)
    await clock.advance(lingerMs)
    await closed
    socket.destroy()
  })
}

test('a peer that does not read its answers holds up no stop', { timeout: 5_000 }, async () => {
  const clock = manualClock(startedAt)
  const edge = await edgeBeforeServices({ clock })
  const { socket } = await peerThatSends(await portOf(edge), '')
  socket.pause()
  socket.write('GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20))
  await once(socket, 'readable')
  const closed = edge.close()
  await clock.advance(patienceMs)
  await closed
  socket.destroy()
})

test('a stop waits for the answer to a request that has arrived whole', { timeout: 5_000 }, async () => {
  const clock = manualClock(startedAt)
  const began = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const getOrder = async () => {
    began.resolve()
    await held.promise
    return { order: someOrder, events: [] }
  }
  const edge = await edgeBeforeServices({ clock, order: { getOrder } })
  const url = await edge.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`${url}/api/orders/ord_1`, { headers: bearer('user-1') })
  await began.promise
  const closed = edge.close()
  await clock.advance(patienceMs)
  held.resolve()
  assert.equal((await answer).status, 200)
  await closed
})

test('an answer that has only just begun when the patience is over is read whole, and one that is not read then is cut', { timeout: 10_000 }, async () => {
  for (const isRead of [true, false]) {
    const clock = manualClock(startedAt)
    const began = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const bytes = 20_000_000
    const measure = async () => {
      began.resolve()
      await held.promise
      return 'x'.repeat(bytes)
    }
    const edge = await edgeBeforeServices({ clock, measure })
    const url = await edge.listen({ port: 0, host: '127.0.0.1' })
    const answer = fetch(`${url}/metrics`)
    await began.promise
    const closed = edge.close()
    await clock.advance(patienceMs - 1)
    held.resolve()
    const response = await answer
    assert.equal(response.status, 200)
    await clock.advance(1)
    if (!isRead) await clock.advance(patienceMs)
    const read = response.arrayBuffer()
    if (isRead) assert.ok((await read).byteLength > bytes)
    else await assert.rejects(read)
    await closed
  }
})
