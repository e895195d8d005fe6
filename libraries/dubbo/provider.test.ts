import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { createProvider, type Registry } from './index.ts'
import { plainGreeter, plainGreeterImplementation } from './testing/greeter.ts'

const aMoment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const absent = new Promise<never>(() => {})

function provided(register: Registry['register'], clock = systemClock(), classicPort = 0) {
  const registry: Registry = { register, subscribe: () => ({ ready: Promise.resolve(), close: () => {} }), close: () => {} }
  return createProvider({ application: 'a', registry, clock, classicPort, listenOn: '127.0.0.1' }).plain(plainGreeter, plainGreeterImplementation('a'))
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const provider = await provided(async () => ({ withdraw: async () => {} })).start()
  await provider.close(0)
  return provider.services[0]?.port ?? 0
}

const doesListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref()
  })

test('closing does not wait for a registry that is away, and nobody finds what it lets in later', async () => {
  const entries: string[] = []
  const late = Promise.withResolvers<void>()
  let registry = Promise.resolve()
  const provider = await provided(async () => {
    await registry
    entries.push('in')
    return { withdraw: async () => void entries.push('out') }
  }).start()
  await provider.offline()
  registry = late.promise
  const refused = assert.rejects(provider.online(), /closing/)
  await aMoment()
  await Promise.all([refused, provider.close(0)])
  await assert.rejects(provider.online(), /closing/)
  late.resolve()
  await aMoment()
  assert.deepEqual(entries, ['in', 'out', 'in', 'out'])
})

test('a provider that the registry refuses does not go on listening', async () => {
  const port = await freePort()
  await assert.rejects(provided(() => Promise.reject(new Error('NO_AUTH')), systemClock(), port).start(), /NO_AUTH/)
  assert.equal(await doesListen(port), false)
})

test('nor does one that the registry does not answer in time', async () => {
  const port = await freePort()
  const clock = manualClock()
  const refused = assert.rejects(provided(() => absent, clock, port).start(), /within 20000 ms/)
  while (!(await doesListen(port)));
  await clock.advance(30_000)
  await refused
  assert.equal(await doesListen(port), false)
})
