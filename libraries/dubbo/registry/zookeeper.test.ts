import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { openZooKeeper, type ZooKeeperEvent } from '../zookeeper/session.ts'
import { fakeServers, none } from '../zookeeper/testing.ts'
import { instanceJson, metadataOf } from './instance.ts'
import { nodeName, type ProviderUrl } from './url.ts'
import { zookeeperRegistry } from './zookeeper.ts'

const key = { interface: 'a.B', group: '', version: '' }
const services = [{ protocol: 'tri', key, methods: ['X'], parameters: {} }] as const
const { revision, ...document } = metadataOf('good', services)
const urlOf = (port: number): ProviderUrl => ({ protocol: 'tri', host: '127.0.0.1', port, path: 'a.B', parameters: { interface: 'a.B' } })
const instanceOf = (port: number, ofRevision = revision): string =>
  instanceJson({ application: 'good', host: '127.0.0.1', endpoints: [{ protocol: 'tri', port }], services, startedAt: 1 }, ofRevision)

/** A service with one provider on each level: port 1 on interface level, port 2 of the application `good`. */
function start() {
  const servers = fakeServers()
  const clock = manualClock()
  const events: ZooKeeperEvent[] = []
  const onEvent = (event: ZooKeeperEvent): void => void events.push(event)
  const zookeeper = openZooKeeper({ servers: ['a:1'], clock, open: servers.open, onEvent })
  const registry = zookeeperRegistry({ zookeeper, clock, onEvent })
  const put = (path: string, data = ''): void => void servers.nodes.set(path, { data: Buffer.from(data), version: 0, owner: none })
  put(`/dubbo/a.B/providers`)
  put(`/dubbo/a.B/providers/${nodeName(urlOf(1))}`)
  put('/dubbo/mapping/a.B', 'good')
  put('/services/good')
  put('/services/good/127.0.0.1:2', instanceOf(2))
  put(`/dubbo/metadata/good/${revision}`, JSON.stringify({ ...document, revision }))
  servers.connect()
  const told: string[] = []
  const subscribe = () =>
    registry.subscribe(key, 'tri', (urls) =>
      told.push(
        urls
          .map(({ port }) => String(port))
          .toSorted()
          .join(' '),
      ),
    )
  const unreadable = (): string[] => events.flatMap((event) => (event.kind === 'unreadable' ? [event.path] : []))
  return { servers, clock, zookeeper, registry, put, told, subscribe, unreadable, events }
}

type Started = ReturnType<typeof start>

/** What somebody has written, or closed to others; who is still found; what operators hear of. */
const cases: readonly { readonly what: string; readonly spoil: (started: Started) => void; readonly found: string; readonly unreadable?: string }[] = [
  { what: 'nothing', spoil: () => {}, found: '1 2' },
  {
    what: 'an application whose list nobody may read',
    spoil: ({ put, servers }) => {
      put('/dubbo/mapping/a.B', 'good,guarded')
      servers.guarded.add('/services/guarded')
    },
    found: '1 2',
  },
  { what: 'applications whose names are none', spoil: ({ put }) => put('/dubbo/mapping/a.B', 'x/,..,good,.,,x/y'), found: '1 2' },
  {
    what: 'an instance that nobody may read',
    spoil: ({ put, servers }) => {
      put('/services/good/127.0.0.1:3', instanceOf(3))
      servers.guarded.add('/services/good/127.0.0.1:3')
    },
    found: '1 2',
    unreadable: '/services/good/127.0.0.1:3',
  },
  { what: 'an instance with no name for its revision', spoil: ({ put }) => put('/services/good/127.0.0.1:3', instanceOf(3, '')), found: '1 2' },
  { what: 'an instance whose revision is a way out', spoil: ({ put }) => put('/services/good/127.0.0.1:3', instanceOf(3, '..')), found: '1 2' },
  {
    what: 'a document that nobody may read',
    spoil: ({ put, servers }) => {
      put('/services/good/127.0.0.1:3', instanceOf(3, 'r'))
      servers.guarded.add('/dubbo/metadata/good/r')
    },
    found: '1 2',
    unreadable: '/dubbo/metadata/good/r',
  },
  { what: 'a port beyond all ports', spoil: ({ put }) => put('/services/good/127.0.0.1:3', instanceOf(70_000)), found: '1 2' },
  { what: 'a port that is no whole number', spoil: ({ put }) => put('/services/good/127.0.0.1:3', instanceOf(1.5)), found: '1 2' },
  { what: 'the interface level', spoil: ({ servers }) => servers.guarded.add('/dubbo/a.B/providers'), found: '2' },
  { what: 'the names of the applications', spoil: ({ servers }) => servers.guarded.add('/dubbo/mapping/a.B'), found: '1' },
]

for (const { what, spoil, found, unreadable = '' } of cases)
  test(`spoiled: ${what}; found: ${found}`, async () => {
    const started = start()
    spoil(started)
    const { ready } = started.subscribe()
    started.subscribe()
    await started.clock.advance(1_000)
    assert.equal(started.told.at(-1), found)
    await ready
    await started.clock.advance(60_000)
    assert.equal(started.told.at(-1), found)
    assert.deepEqual(started.unreadable(), unreadable === '' ? [] : [unreadable])
    started.zookeeper.close()
  })

test('an entry that can be read again meanwhile is told of anew when it cannot be', async () => {
  const { servers, clock, put, subscribe, unreadable, zookeeper } = start()
  const path = '/services/good/127.0.0.1:3'
  put(path, instanceOf(3))
  servers.guarded.add(path)
  subscribe()
  await clock.advance(1_000)
  servers.guarded.delete(path)
  await clock.advance(60_000)
  assert.deepEqual(unreadable(), [path])
  servers.guarded.add(path)
  await clock.advance(60_000)
  assert.deepEqual(unreadable(), [path, path])
  zookeeper.close()
})

test('what was known of an application stays while its list may not be read', async () => {
  const { servers, clock, told, subscribe, zookeeper } = start()
  subscribe()
  await clock.advance(100)
  for (const path of ['/services/good', '/dubbo/mapping/a.B', '/dubbo/a.B/providers']) servers.guarded.add(path)
  await clock.advance(40_000)
  assert.equal(told.at(-1), '1 2')
  zookeeper.close()
})

test('a listener that fails over a list is told of, and keeps what it knew', async () => {
  const { clock, zookeeper, events } = start()
  const lists: number[] = []
  const registry = zookeeperRegistry({ zookeeper, clock, onEvent: (event) => events.push(event) })
  registry.subscribe(key, 'tri', (urls) => {
    lists.push(urls.length)
    throw new Error('no address')
  })
  await clock.advance(1_000)
  assert.deepEqual(lists, [2])
  assert.ok(events.some((event) => event.kind === 'failed' && event.message === 'no address'))
  zookeeper.close()
})

for (const [end, close] of [
  ['the subscription', ({ close: closeSubscription }: { close(): void }) => closeSubscription()],
  ['the registry', (_: unknown, { registry }: Started) => registry.close()],
] as const)
  test(`a list that was under way when ${end} was closed is told to nobody`, async () => {
    for (let turns = 0; turns < 40; turns++) {
      const started = start()
      const subscription = started.subscribe()
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      const before = started.told.length
      close(subscription, started)
      await started.clock.advance(1_000)
      assert.equal(started.told.length, before, `after ${turns} turns`)
      started.zookeeper.close()
    }
  })
