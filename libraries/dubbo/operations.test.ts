import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import type { LoopbackPort } from '@suanpan/runtime/loopback-port'
import { systemClock } from '@suanpan/runtime/time'
import { createProvider, startOperations, type Provider, type Registry } from './index.ts'
import { plainGreeter, plainGreeterImplementation } from './testing/greeter.ts'

const clock = systemClock()
let registered = 0
/** Counts, where others make nodes. */
const registry: Registry = {
  register: () => {
    registered++
    return Promise.resolve({ withdraw: () => Promise.resolve(void registered--) })
  },
  subscribe: () => ({ ready: Promise.resolve(), close: () => {} }),
  close: () => {},
}
let provider: Provider
let operations: LoopbackPort

before(async () => {
  provider = await createProvider({ application: 'a', registry, clock, classicPort: 0, listenOn: '127.0.0.1' })
    .plain(plainGreeter, plainGreeterImplementation('a'), { version: '1' })
    .start()
  operations = await startOperations({ provider, port: 0 })
})

after(async () => {
  await operations.close()
  await provider.close(0)
})

function ask(method: string, path: string, headers: { readonly [header: string]: string } = {}): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port: operations.port, host: '127.0.0.1', method, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: text.trim() }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('ls lists what is provided, where, and whether others can find it', async () => {
  const [row = '', counts] = (await ask('GET', '/ls')).text.split('\n')
  assert.match(row, /^dubbo \d+ +online {2}example\.plain\.PlainGreeter:1 \(greet, look, /)
  assert.equal(counts, 'connections 0, calls under way 0')
})

test('offline takes it out of the registry, online puts it back; twice is once', async () => {
  assert.equal(registered, 1)
  for (const _ of [1, 2]) assert.deepEqual(await ask('POST', '/offline'), { status: 200, text: 'OK' })
  assert.equal(registered, 0)
  assert.equal((await ask('GET', '/ready')).status, 503)
  for (const _ of [1, 2]) assert.deepEqual(await ask('POST', '/online'), { status: 200, text: 'OK' })
  assert.equal(registered, 1)
  assert.equal((await ask('GET', '/ready')).status, 200)
})

/** What a web page in a browser on this machine could send. */
const refused: readonly (readonly [method: string, path: string, headers: { readonly [header: string]: string }, status: number])[] = [
  ['GET', '/offline', {}, 404],
  ['POST', '/offline', { origin: 'https://example.com' }, 403],
  ['POST', '/offline', { origin: 'http://127.0.0.1:3000' }, 403],
  ['POST', '/offline', { host: 'rebound.example.com' }, 403],
  ['GET', '/ls', { host: 'rebound.example.com:22222' }, 403],
  ['POST', '/shutdown', {}, 404],
]
for (const [method, path, headers, status] of refused)
  test(`${method} ${path} ${JSON.stringify(headers)} → ${status}`, async () => {
    assert.equal((await ask(method, path, headers)).status, status)
    assert.equal(registered, 1)
  })
