import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { openZooKeeper, type ZooKeeperEvent } from './session.ts'
import { fakeServers, none } from './testing.ts'

function start(clock = manualClock()) {
  const servers = fakeServers()
  const events: ZooKeeperEvent[] = []
  const zookeeper = openZooKeeper({ servers: ['a:1', 'b:1'], clock, open: servers.open, onEvent: (event) => events.push(event) })
  return { servers, clock, zookeeper, kinds: () => events.map(({ kind }) => kind) }
}

const data = Buffer.from('x')

test('an ephemeral node is made with its parents, and made anew in the next session', async () => {
  const { servers, clock, zookeeper } = start()
  const held = zookeeper.keep('/a/b/c', data)
  servers.connect()
  await clock.advance(0)
  await held.established
  assert.equal(servers.nodes.get('/a/b/c')?.owner, '1')
  servers.expire()
  assert.equal(servers.nodes.has('/a/b/c'), false)
  servers.connect()
  await clock.advance(600)
  assert.equal(servers.nodes.get('/a/b/c')?.owner, '2')
  zookeeper.close()
})

test('a node that somebody removes is made again', async () => {
  const { servers, clock, zookeeper } = start()
  zookeeper.keep('/a', data)
  servers.connect()
  await clock.advance(0)
  await zookeeper.use((handle) => handle.remove('/a'))
  await clock.advance(0)
  assert.equal(servers.nodes.get('/a')?.owner, '1')
  zookeeper.close()
})

test("a node of another session is a dead predecessor's: removed, and made after a pause that Java consumers need", async () => {
  const { servers, clock, zookeeper, kinds } = start()
  servers.nodes.set('/a', { data, version: 0, owner: 'dead' })
  zookeeper.keep('/a', data)
  servers.connect()
  await clock.advance(1_000)
  assert.equal(servers.nodes.has('/a'), false)
  await clock.advance(1_000)
  assert.equal(servers.nodes.get('/a')?.owner, '1')
  assert.ok(kinds().includes('stale_node_removed'))
  zookeeper.close()
})

test('what is released after closing is gone with the session', async () => {
  const { servers, clock, zookeeper } = start()
  const held = zookeeper.keep('/a', data)
  servers.connect()
  await clock.advance(0)
  assert.equal(servers.nodes.get('/a')?.owner, '1')
  zookeeper.close()
  await held.release()
  assert.equal(servers.nodes.has('/a'), false)
})

test('what is no server is refused by name', () => {
  const open = (servers: string[]) => openZooKeeper({ servers, clock: manualClock() })
  assert.throws(() => open([]), /no ZooKeeper server is given/)
  assert.throws(() => open(['a:2181', 'zookeeper://b:2181']), /"zookeeper:\/\/b:2181" is no ZooKeeper server; give host:port/)
})

test('a released node is removed, and stays away', async () => {
  const { servers, clock, zookeeper } = start()
  const held = zookeeper.keep('/a', data)
  servers.connect()
  await clock.advance(0)
  await held.release()
  assert.equal(servers.nodes.has('/a'), false)
  servers.expire()
  servers.connect()
  await clock.advance(60_000)
  assert.equal(servers.nodes.has('/a'), false)
  zookeeper.close()
})

test('children are told at every change, over lost connections and sessions', async () => {
  const { servers, clock, zookeeper } = start()
  const told: string[] = []
  zookeeper.watchChildren('/a', (children) => told.push(children.join('+')))
  servers.connect()
  await clock.advance(0)
  await zookeeper.ensure('/a')
  await clock.advance(0)
  await zookeeper.ensure('/a/one')
  await clock.advance(0)
  servers.disconnect()
  servers.nodes.set('/a/two', { data, version: 0, owner: none })
  servers.connect()
  await clock.advance(0)
  servers.expire()
  servers.nodes.delete('/a/one')
  servers.connect()
  await clock.advance(600)
  assert.deepEqual(told, ['', '', 'one', 'one+two', 'two'])
  zookeeper.close()
})

test('a listener that fails over what was read is told of, and hears of the next change', async () => {
  const { servers, clock, zookeeper, kinds } = start()
  const told: string[] = []
  zookeeper.watchChildren('/', (children) => {
    if (children.includes('bad')) throw new Error('no address')
    told.push(children.join('+'))
  })
  servers.connect()
  await clock.advance(0)
  await zookeeper.ensure('/bad')
  await clock.advance(0)
  assert.deepEqual(kinds(), ['connected', 'failed'])
  await zookeeper.use((handle) => handle.remove('/bad'))
  await clock.advance(0)
  assert.deepEqual(told, ['', ''])
  zookeeper.close()
})

test('what the servers refuse is tried again until they have it, and told of once', async () => {
  const { servers, clock, zookeeper, kinds } = start()
  servers.guarded.add('/')
  let told: readonly string[] | undefined
  let refusals = 0
  const listener = (children: readonly string[]): void => {
    told = children
  }
  zookeeper.watchChildren('/', listener, () => refusals++)
  servers.connect()
  await clock.advance(5_000)
  assert.equal(told, undefined)
  assert.ok(refusals > 5, String(refusals))
  assert.equal(kinds().filter((kind) => kind === 'refused').length, 1)
  servers.guarded.clear()
  await clock.advance(1_000)
  assert.deepEqual(told, [])
  zookeeper.close()
})

test('what the servers fail to tell is found at the next round', async () => {
  const { servers, clock, zookeeper } = start()
  let told: readonly string[] = []
  zookeeper.watchChildren('/', (children) => {
    told = children
  })
  servers.connect()
  await clock.advance(0)
  servers.nodes.set('/silent', { data, version: 0, owner: none })
  await clock.advance(29_000)
  assert.deepEqual(told, [])
  await clock.advance(2_000)
  assert.deepEqual(told, ['silent'])
  zookeeper.close()
})

test('data are told at every change, undefined while there is no node', async () => {
  const { servers, clock, zookeeper } = start()
  const told: (string | undefined)[] = []
  zookeeper.watchData('/a', (read) => told.push(read?.toString()))
  servers.connect()
  await clock.advance(0)
  await zookeeper.ensure('/a', data)
  await clock.advance(0)
  await zookeeper.use((handle) => handle.write('/a', Buffer.from('y'), 0))
  await clock.advance(0)
  assert.deepEqual(told, [undefined, 'x', 'y'])
  zookeeper.close()
})

test('a frozen server is left after a quarter of the session, a stalled handshake after a sixth', async () => {
  const { servers, clock, zookeeper, kinds } = start()
  servers.connect()
  await clock.advance(20_000)
  assert.equal(servers.kicks, 0)
  servers.freeze()
  await clock.advance(3_000)
  assert.equal(servers.kicks, 0)
  await clock.advance(2_000)
  assert.equal(servers.kicks, 1)
  servers.disconnect()
  await clock.advance(4_000)
  assert.equal(servers.kicks, 2)
  servers.connect()
  await clock.advance(20_000)
  assert.equal(servers.kicks, 2)
  assert.deepEqual(kinds(), ['connected', 'kicked', 'disconnected', 'kicked', 'connected'])
  zookeeper.close()
})

test('a frozen server is left as soon after the clock was put back', async () => {
  let backMs = 0
  const steady = manualClock(7_200_000)
  const { servers, clock, zookeeper } = start({ ...steady, now: () => steady.now() - backMs })
  servers.connect()
  await clock.advance(5_000)
  servers.freeze()
  backMs = 3_600_000
  await clock.advance(6_000)
  assert.equal(servers.kicks, 1)
  zookeeper.close()
})

test('what was begun over a lost connection is repeated; after closing it is refused', async () => {
  const { servers, clock, zookeeper } = start()
  let tries = 0
  const used = zookeeper.use((handle) => {
    tries++
    return handle.exists('/')
  })
  await clock.advance(2_000)
  servers.connect()
  await clock.advance(1_000)
  assert.deepEqual(await used, { version: 0, owner: none })
  assert.ok(tries > 2)
  zookeeper.close()
  await assert.rejects(
    zookeeper.use((handle) => handle.exists('/')),
    /was closed/,
  )
})
