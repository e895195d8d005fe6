import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openRocketMq, type RocketMq } from './index.ts'
import { gather, type Gathering } from './testing/gathering.ts'
import { portsFrom, startServers, type Servers } from './servers/index.ts'
import { pause, until } from './testing/until.ts'

/** Servers and producers that are killed. Acknowledged and committed messages arrive, at least once; nothing else does. */
const dyingProducer = fileURLToPath(new URL('./testing/dying-producer.ts', import.meta.url))
let servers: Servers
let rocketmq: RocketMq

before(async () => {
  servers = await startServers(portsFrom(4_760))
  await servers.create(
    [
      { name: 'plain', type: 'NORMAL' },
      { name: 'transactional', type: 'TRANSACTION' },
    ],
    [{ name: 'plain_listeners' }, { name: 'transactional_listeners' }],
  )
  rocketmq = openRocketMq({ endpoint: servers.endpoint, giveUpAfterMs: 60_000 })
  // The half messages of this test: those that were meant to be committed have an even number.
  rocketmq.checkTransactions('transactional', async ({ key = '' }) => (Number(key.split('-')[1]) % 2 === 0 ? 'commit' : 'rollback'))
})

after(async () => {
  await rocketmq.close(1_000)
  await servers.stop()
})

const keysOf = ({ messages }: Gathering) => new Set(messages.map(({ key }) => key))

test('one of two name servers killed: nothing is noticed, and topics are created meanwhile', async () => {
  await servers.kill('name-server-1')
  await servers.create([{ name: 'meanwhile', type: 'NORMAL' }], [{ name: 'meanwhile_listeners' }])
  const meanwhile = gather()
  const listener = rocketmq.listen({ topic: 'meanwhile', group: 'meanwhile_listeners', handle: meanwhile.handle })
  await listener.ready
  await rocketmq.send('meanwhile', 'x', { key: 'meanwhile' })
  await meanwhile.until(1)
  await listener.stop()
  await servers.restart('name-server-1')
})

test('a producer killed between half and commit: another process is asked, and its answer holds', async () => {
  const settled = gather()
  const listener = rocketmq.listen({ topic: 'transactional', group: 'transactional_listeners', handle: settled.handle })
  await listener.ready
  for (const key of ['killed-1', 'killed-2']) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', dyingProducer, servers.endpoint, 'transactional', key], {
      stdio: 'inherit',
    })
    const [, signal] = (await once(child, 'exit')) as [unknown, string]
    assert.equal(signal, 'SIGKILL')
  }
  await settled.until(1, 90_000)
  assert.deepEqual(keysOf(settled), new Set(['killed-2']))
  await listener.stop()
})

test('the broker killed under load and back: sending and receiving go on by themselves, nothing is lost or made up', async () => {
  const [plain, settled] = [gather(), gather()]
  const listeners = [
    rocketmq.listen({ topic: 'plain', group: 'plain_listeners', handle: plain.handle }),
    rocketmq.listen({ topic: 'transactional', group: 'transactional_listeners', handle: settled.handle }),
  ]
  await Promise.all(listeners.map(({ ready }) => ready))
  const acknowledged = new Set<string>()
  const committed = new Set<string>()
  let isOver = false
  async function sendOn(lane: number): Promise<void> {
    for (let number = 0; !isOver; number++) {
      const key = `${lane}-${number}`
      await rocketmq.send('plain', 'x', { key })
      acknowledged.add(key)
      const isMeant = number % 2 === 0
      await rocketmq.sendInTransaction('transactional', 'x', async () => (isMeant ? 'commit' : 'rollback'), { key })
      if (isMeant) committed.add(key)
      await pause(20)
    }
  }
  const sending = Promise.all([1, 2, 3, 4].map(sendOn))
  await pause(2_000)
  await servers.kill('broker')
  const earlier = acknowledged.size
  assert.equal((await rocketmq.health(2_000)).ok, false)
  await pause(3_000)
  await servers.restart('broker')
  await until(() => acknowledged.size > earlier + 100, 60_000)
  isOver = true
  await sending
  await until(() => [...acknowledged].every((key) => keysOf(plain).has(key)), 120_000)
  await until(() => [...committed].every((key) => keysOf(settled).has(key)), 120_000)
  await until(async () => (await rocketmq.health()).ok, 30_000)
  const made = [...keysOf(settled)].filter((key) => Number(key?.split('-')[1]) % 2 === 1)
  assert.deepEqual(made, [])
  await Promise.all(listeners.map((listener) => listener.stop()))
})
