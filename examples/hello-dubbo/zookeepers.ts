import { startZooKeepers } from '@suanpan/dubbo/servers'
import { clock, say } from './settings.ts'

/** Three ZooKeeper servers on 2181 to 2183, in a temporary folder. Needs JDK 17 and Maven. */
say('starting three ZooKeeper servers; the first time their jars are fetched, about 70 MB …')
const zookeepers = await startZooKeepers(2_181)
say(`ready: ${zookeepers.servers.join(', ')}. Ctrl-C ends them.`)
// Servers end with this program, and do not keep it: the longest timer there is does.
const leave = clock.after(2 ** 31 - 1, () => {})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void zookeepers.stop().then(leave))
