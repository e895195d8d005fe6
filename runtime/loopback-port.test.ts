import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLoopbackPort } from './loopback-port.ts'

test('what could not be done is answered with the reason, and the port serves on', async () => {
  const port = await openLoopbackPort(0, async (request) => {
    if (request === 'POST /online') throw new Error('ZooKeeper refuses: NO_AUTH')
    return { status: 200, text: request }
  })
  const ask = async (method: string, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port.port}${path}`, { method })
    return [response.status, await response.text()]
  }
  assert.deepEqual(await ask('POST', '/online'), [500, 'ZooKeeper refuses: NO_AUTH\n'])
  assert.deepEqual(await ask('GET', '/ls'), [200, 'GET /ls\n'])
  await port.close()
})
