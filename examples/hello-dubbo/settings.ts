import { openZooKeeper, zookeeperRegistry, type Registry } from '@suanpan/dubbo'
import { systemClock, systemRandom } from '@suanpan/runtime/time'

const { ZOOKEEPER = '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183' } = process.env

export const clock = systemClock()
export const random = systemRandom

/** The registry in the three servers of `npm run zookeepers`, or those that ZOOKEEPER names. */
export function openRegistry(): Registry {
  return zookeeperRegistry({ zookeeper: openZooKeeper({ servers: ZOOKEEPER.split(','), clock }), clock })
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`)
