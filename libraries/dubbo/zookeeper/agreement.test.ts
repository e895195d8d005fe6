import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { agree } from './agreement.ts'
import { openZooKeeper } from './session.ts'
import { fakeServers } from './testing.ts'

/** `beforeSaying`: what others do right before this process says it. */
function start(beforeSaying = (): void => {}) {
  const servers = fakeServers()
  const clock = manualClock()
  const zookeeper = openZooKeeper({
    servers: ['a:1'],
    clock,
    open: (options, listener) => {
      const handle = servers.open(options, listener)
      return {
        ...handle,
        create: async (path, data, mode) => {
          if (mode === 'ephemeral') beforeSaying()
          return handle.create(path, data, mode)
        },
      }
    },
  })
  servers.connect()
  const told: string[] = []
  const onSplit = (others: readonly string[]): void => void told.push(others.join(' and '))
  const say = (value: string, id: string, folder = '/stores/inventory') => agree({ zookeeper, clock, onSplit }, { folder, value, holder: `process ${id}`, id })
  /** Somebody says this at another server, in a session of his own. */
  const saidElsewhere = (value: string, id: string): void =>
    void servers.nodes.set(`/stores/inventory/${value}@${id}`, { data: Buffer.from(`process ${id}`), version: 0, owner: id })
  const isSaid = (name: string): boolean => servers.nodes.has(`/stores/inventory/${name}`)
  return { servers, clock, zookeeper, say, saidElsewhere, isSaid, told }
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

test('what a process said ends with its session, and is said again in the next one where nobody has said something else', async () => {
  const { servers, clock, zookeeper, say, saidElsewhere, isSaid, told } = start()
  await say('a', '1')
  servers.expire()
  assert.equal(isSaid('a@1'), false)
  saidElsewhere('a', '3')
  servers.connect()
  assert.deepEqual(await say('a', '2'), [])
  assert.equal(isSaid('a@1'), true)
  await clock.advance(60_000)
  assert.deepEqual(told, [])
  zookeeper.close()
})

test('who was forgotten, and finds that another has begun with another value, says nothing more, and is told to leave at once', async () => {
  const { servers, clock, zookeeper, say, saidElsewhere, isSaid, told } = start()
  await say('a', '1')
  servers.expire()
  saidElsewhere('b', '2')
  servers.connect()
  await clock.advance(1_000)
  assert.deepEqual([told, isSaid('a@1')], [['process 2'], false])
  servers.nodes.delete('/stores/inventory/b@2')
  await clock.advance(60_000)
  assert.deepEqual([told, isSaid('a@1')], [['process 2'], false])
  zookeeper.close()
})

test('who was forgotten, and says it again right after another has begun with another value, is told to leave at once', async () => {
  let begin = (): void => {}
  const { servers, clock, zookeeper, say, saidElsewhere, told } = start(() => begin())
  await say('a', '1')
  servers.expire()
  begin = () => saidElsewhere('b', '2')
  servers.connect()
  await clock.advance(1_000)
  assert.deepEqual(told, ['process 2'])
  zookeeper.close()
})

test('who takes away what a session before said in his name looks whether another has begun before it is said again', async () => {
  const { servers, clock, zookeeper, say, saidElsewhere, told } = start()
  await say('a', '1')
  servers.expire()
  saidElsewhere('a', '1')
  servers.connect()
  await clock.advance(1_000)
  saidElsewhere('b', '2')
  assert.deepEqual(told, [])
  await clock.advance(1_000)
  assert.deepEqual(told, ['process 2'])
  zookeeper.close()
})

test('another value beside one that is held is told of, if it does not give way', async () => {
  const { clock, zookeeper, say, told } = start()
  await say('a', '1')
  const another = (id: string) => zookeeper.keep(`/stores/inventory/b@${id}`, Buffer.from(`process ${id}`))
  const givesWay = another('2')
  await clock.advance(5_000)
  await givesWay.release()
  await clock.advance(5_000)
  another('3')
  await clock.advance(7_000)
  // What others of our own value do meanwhile, gives nobody more time.
  zookeeper.keep('/stores/inventory/a@4', Buffer.from('process 4'))
  await clock.advance(7_000)
  assert.deepEqual(told, [])
  await clock.advance(2_000)
  assert.deepEqual(told, ['process 3'])
  await clock.advance(60_000)
  assert.deepEqual(told, ['process 3'])
  zookeeper.close()
})
