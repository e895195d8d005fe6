import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { createDirectory } from './directory.ts'
import type { LinkState } from './link.ts'
import type { ProviderUrl } from './registry/url.ts'

/** Providers by host, each with the state of its connection; and whom to ask then. */
const cases: readonly { readonly states: { readonly [host: string]: LinkState }; readonly asked: string }[] = [
  { states: {}, asked: '' },
  { states: { a: 'ready', b: 'ready' }, asked: 'a b' },
  { states: { a: 'connecting', b: 'ready', c: 'down', d: 'leaving' }, asked: 'b' },
  { states: { a: 'connecting', c: 'down', d: 'leaving' }, asked: 'a' },
  { states: { c: 'down', d: 'leaving', e: 'down' }, asked: 'c e' },
  { states: { d: 'leaving' }, asked: '' },
]

const urlOf = (host: string): ProviderUrl => ({ protocol: 'tri', host, port: 1, path: 'a.B', parameters: {} })

test('a list that comes after the end opens no connection', () => {
  let opened = 0
  const directory = createDirectory<string, string>(manualClock(), () => {
    opened++
    return { state: 'ready', call: () => Promise.resolve({ kind: 'not_processed', because: 'unreachable' }), close: () => void opened-- }
  })
  directory.update([urlOf('a')])
  directory.close()
  directory.update([urlOf('a'), urlOf('b')])
  assert.deepEqual([opened, directory.size], [0, 0])
})

for (const { states, asked } of cases)
  test(`${JSON.stringify(states)} → ${asked === '' ? 'nobody' : asked}`, () => {
    const directory = createDirectory<string, string>(manualClock(), ({ host }) => ({
      state: states[host] ?? 'down',
      call: () => Promise.resolve({ kind: 'not_processed', because: 'unreachable' }),
      close: () => {},
    }))
    directory.update(Object.keys(states).map(urlOf))
    const hosts = directory.usable().map(({ url }) => url.host)
    assert.equal(hosts.join(' '), asked)
  })
