import { after, before } from 'node:test'
import { startZooKeepers, type ZooKeepers } from '@suanpan/dubbo/servers'
import { maxCalls, rpcConformance } from '@suanpan/runtime/rpc/testing'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { openDubboRpc, type DubboRpc } from '@suanpan/rpc-dubbo'

/** What every engine of the port promises, over three real ZooKeeper servers. */
const clock = systemClock()
let zookeepers: ZooKeepers
let opened: readonly DubboRpc[] = []

before(async () => {
  zookeepers = await startZooKeepers(21_210)
})

after(async () => {
  await closeAll()
  await zookeepers.stop()
})

async function closeAll(): Promise<void> {
  await Promise.all(opened.map((each) => each.close()))
}

const end = (application: string): DubboRpc =>
  openDubboRpc({ application, zookeeper: zookeepers.servers, host: '127.0.0.1', clock, random: systemRandom, maxCalls, onError: () => {} })

rpcConformance(async () => {
  await closeAll()
  const [server, client] = [end('server'), end('client')]
  opened = [server, client]
  return {
    server: server.rpc,
    client: client.rpc,
    start: async () => {
      await server.start()
      await client.start()
      await client.untilProvided(3_000)
    },
  }
})
