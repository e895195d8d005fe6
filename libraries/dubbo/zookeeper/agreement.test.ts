import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { agree } from './agreement.ts'
import { openZooKeeper } from './session.ts'
import { fakeServers } from './testing.ts'

function start() {
  const servers = fakeServers()
  const clock = manualClock()
  const zookeeper = openZooKeeper({ servers: ['a:1'], clock, open: servers.open })
  servers.connect()
  const say = (value: string, id: string, folder = '/stores/inventory') => agree(zookeeper, { folder, value, holder: `process ${id}`, id })
  return { servers, zookeeper, say }
}

test('processes that say the same are any number; one that says something else is told who they are, and says nothing', async () => {
  const { servers, zookeeper, say } = start()
  assert.deepEqual(await say('a', '1'), [])
  assert.deepEqual(await say('a', '2'), [])
  assert.deepEqual((await say('b', '3')).toSorted(), ['process 1', 'process 2'])
  assert.deepEqual(await say('b', '4', '/stores/coupon'), [])
  const names = [...servers.nodes.keys()].filter((path) => path.includes('@'))
  assert.deepEqual(names, ['/stores/inventory/a@1', '/stores/inventory/a@2', '/stores/coupon/b@4'])
  zookeeper.close()
})

test('of two that begin at once and do not agree, one gives way at least', async () => {
  const { servers, zookeeper, say } = start()
  const answers = await Promise.all([say('a', '1'), say('b', '2')])
  const agreed = answers.filter((others) => others.length === 0).length
  assert.ok(agreed <= 1, `${agreed} agreed`)
  assert.equal([...servers.nodes.keys()].filter((path) => path.includes('@')).length, agreed)
  zookeeper.close()
})

test('what a process said ends with its session, and is said again in the next one', async () => {
  const { servers, zookeeper, say } = start()
  await say('a', '1')
  servers.expire()
  assert.equal(servers.nodes.has('/stores/inventory/a@1'), false)
  servers.connect()
  assert.deepEqual(await say('a', '2'), [])
  assert.equal(servers.nodes.has('/stores/inventory/a@1'), true)
  zookeeper.close()
})
