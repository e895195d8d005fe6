import { systemClock } from '@suanpan/runtime/time'
import { createProvider, openZooKeeper, startOperations, zookeeperRegistry, type ZooKeeperRegistryOptions } from '../index.ts'
import { GreeterDefinition, greeterImplementation, plainGreeter, plainGreeterImplementation } from './greeter.ts'

/**
 * A provider as a process of its own, to be killed and restarted. Settings: ZK (servers), NAME, GROUP, VERSION, LEVELS,
 * TRIPLE_PORT and CLASSIC_PORT (0 by default). It goes gracefully at SIGTERM.
 */
const { ZK = '', NAME = 'node-peer', GROUP = '', VERSION = '', LEVELS = 'all', TRIPLE_PORT = '0', CLASSIC_PORT = '0' } = process.env
const clock = systemClock()
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const zookeeper = openZooKeeper({ servers: ZK.split(','), clock, onEvent: (event) => say(`EVENT ${JSON.stringify(event)}`) })
const registry = zookeeperRegistry({ zookeeper, clock, levels: LEVELS as NonNullable<ZooKeeperRegistryOptions['levels']> })
const provider = await createProvider({
  application: NAME,
  registry,
  clock,
  triplePort: Number(TRIPLE_PORT),
  classicPort: Number(CLASSIC_PORT),
  onError: (method, error) => say(`ERROR ${method} ${String(error)}`),
})
  .triple(GreeterDefinition, greeterImplementation(NAME), { group: GROUP, version: VERSION })
  .plain(plainGreeter, plainGreeterImplementation(NAME), { group: GROUP, version: VERSION })
  .start()
const operations = await startOperations({ provider, port: 0 })
say(`READY operations ${operations.port} ports ${provider.services.map(({ port }) => port).join(' ')}`)

process.once('SIGTERM', () => {
  void (async () => {
    await provider.close()
    await operations.close()
    registry.close()
    say('CLOSED')
  })()
})
