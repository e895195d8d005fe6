import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import {
  createConsumer,
  createProvider,
  openZooKeeper,
  zookeeperRegistry,
  type ProviderUrl,
  type Registry,
  type ZooKeeper,
  type ZooKeeperRegistryOptions,
} from './index.ts'
import { plainGreeter, plainGreeterImplementation } from './testing/greeter.ts'
import { startProgram, type Program } from './testing/process.ts'
import { startZooKeepers, type ZooKeepers } from './servers/index.ts'

/** The registry in real ZooKeeper servers: who is listed, and when. */
const clock = systemClock()
const nodeProvider = fileURLToPath(new URL('./testing/node-provider.ts', import.meta.url))
const key = { interface: plainGreeter.name, group: '', version: '' }
let zookeepers: ZooKeepers
let zookeeper: ZooKeeper
let registry: Registry

before(async () => {
  zookeepers = await startZooKeepers(4_580)
  zookeeper = openZooKeeper({ servers: zookeepers.servers, clock })
  registry = zookeeperRegistry({ zookeeper, clock })
})

after(async () => {
  registry.close()
  await zookeepers.stop()
})

async function startNode(settings: Readonly<Record<string, string>>): Promise<Program> {
  const program = startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', nodeProvider], { ZK: zookeepers.servers.join(','), ...settings })
  await program.line('READY')
  return program
}

const portsOf = (program: Program): string[] => /ports (.*)$/.exec(program.lines.find((line) => line.startsWith('READY')) ?? '')?.[1]?.split(' ') ?? []

/** The list of providers as a consumer sees it, and every list it was told. */
function listed(): {
  readonly told: (readonly ProviderUrl[])[]
  until(is: (list: readonly ProviderUrl[]) => boolean, withinMs?: number): Promise<void>
  close(): void
} {
  const told: (readonly ProviderUrl[])[] = []
  const subscription = registry.subscribe(key, 'dubbo', (list) => told.push(list))
  return {
    told,
    until: async (is, withinMs = 30_000) => {
      const until = clock.now() + withinMs
      while (!is(told.at(-1) ?? [])) {
        assert.ok(clock.now() < until, `the list stayed ${JSON.stringify(told.at(-1))}`)
        await clock.sleep(50)
      }
    },
    close: subscription.close,
  }
}

for (const level of ['interface', 'application', 'all'] as const)
  test(`a provider on level "${level}" is found while it is online`, async () => {
    const list = listed()
    const own: ZooKeeperRegistryOptions = { zookeeper, clock, levels: level }
    const provider = await createProvider({ application: `on-${level}`, registry: zookeeperRegistry(own), clock, classicPort: 0 })
      .plain(plainGreeter, plainGreeterImplementation('here'))
      .start()
    await list.until((urls) => urls.length === 1 && urls[0]?.path === plainGreeter.name)
    await provider.offline()
    await list.until((urls) => urls.length === 0)
    await provider.online()
    await list.until((urls) => urls.length === 1)
    await provider.close(0)
    await list.until((urls) => urls.length === 0)
    list.close()
  })

test('a provider killed and restarted on the same ports: its old nodes go, the new ones come after a pause', async () => {
  const list = listed()
  const first = await startNode({ NAME: 'same-ports' })
  await list.until((urls) => urls.length === 1)
  const startedAt = list.told.at(-1)?.[0]?.parameters['timestamp']
  const [triplePort = '', classicPort = ''] = portsOf(first)
  await first.signal('SIGKILL')
  const told = list.told.length
  const second = await startNode({ NAME: 'same-ports', TRIPLE_PORT: triplePort, CLASSIC_PORT: classicPort })
  await list.until(([only, ...others]) => only !== undefined && others.length === 0 && only.parameters['timestamp'] !== startedAt)
  assert.ok(
    list.told.slice(told).some((urls) => urls.length === 0),
    'the address was gone in between',
  )
  await second.signal('SIGKILL')
  await list.until((urls) => urls.length === 0)
  list.close()
})

test('a provider that was frozen until its session expired is not listed; then it is listed again by itself', async () => {
  const list = listed()
  const frozen = await startNode({ NAME: 'frozen' })
  await list.until((urls) => urls.length === 1)
  await frozen.signal('SIGSTOP')
  await list.until((urls) => urls.length === 0, 60_000)
  await frozen.signal('SIGCONT')
  await list.until((urls) => urls.length === 1, 60_000)
  assert.ok(frozen.lines.some((line) => line.includes('"expired"')))
  await frozen.signal('SIGTERM')
  assert.ok(frozen.lines.includes('CLOSED'))
  await list.until((urls) => urls.length === 0)
  list.close()
})

test('while all servers are away, consumers go on with the providers they know, and all is well when they are back', async () => {
  const provider = await startNode({ NAME: 'known' })
  const consumer = createConsumer({ application: 'going-on', registry, clock, random: systemRandom })
  const { calls } = consumer.plain(plainGreeter, { timeoutMs: 5_000 })
  assert.equal((await calls.greet(['a'])).kind, 'answered')
  for (const index of [0, 1, 2]) await zookeepers.kill(index)
  for (const until = clock.now() + 15_000; clock.now() < until; await clock.sleep(100)) assert.equal((await calls.greet(['a'])).kind, 'answered')
  await Promise.all([0, 1, 2].map((index) => zookeepers.restart(index)))
  for (const until = clock.now() + 15_000; clock.now() < until; await clock.sleep(100)) assert.equal((await calls.greet(['a'])).kind, 'answered')
  const list = listed()
  await list.until((urls) => urls.length === 1)
  list.close()
  consumer.close()
  await provider.signal('SIGKILL')
})

test('a provider whose registry is away does not start, and leaves nothing running', async () => {
  const away = openZooKeeper({ servers: ['127.0.0.1:1'], clock })
  const builder = createProvider({ application: 'lost', registry: zookeeperRegistry({ zookeeper: away, clock }), clock, classicPort: 0 }).plain(
    plainGreeter,
    plainGreeterImplementation('lost'),
  )
  await assert.rejects(builder.start(), /lost could not be registered within 20000 ms: is the registry up\?/)
  away.close()
})
