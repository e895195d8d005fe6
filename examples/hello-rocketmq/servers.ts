/** Two name servers and a broker with its proxy, with the topic and the groups of this example, until Ctrl-C. */
import { portsFrom, startServers, usualPorts } from '@suanpan/rocketmq/servers'
import { systemClock } from '@suanpan/runtime/time'

const first = process.env['FIRST_PORT']
const servers = await startServers(first === undefined ? usualPorts : portsFrom(Number(first)))
await servers.create([{ name: 'hello', type: 'NORMAL' }], [{ name: 'hello_typescript' }, { name: 'hello_java' }])
process.stdout.write(`name servers ${servers.nameServers}, proxy ${servers.endpoint}; Ctrl-C stops them\n`)
// Servers end with this program, and do not keep it: the longest timer there is does.
systemClock().after(2 ** 31 - 1, () => {})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void servers.stop().then(() => process.exit()))
