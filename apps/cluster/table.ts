import type { Cluster } from './cluster.ts'

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1)

/** What runs where: name, process, port, and where it says what it does. */
export function clusterTable({ engines, processes }: Pick<Cluster, 'engines' | 'processes'>): string[][] {
  const { zookeepers, rocketmq, postgres } = engines
  const ports: Readonly<Record<string, string>> = { broker: portOf(engines.proxy), proxy: portOf(engines.proxy) }
  const nameServers = (engines.nameServers ?? '').split(';')
  return [
    ['name', 'pid', 'port', 'log'],
    ...(zookeepers?.servers ?? []).map((server, index) => {
      const { pid, logFile } = zookeepers?.process(index) ?? { pid: 0, logFile: '' }
      return [`zookeeper-${index + 1}`, String(pid), portOf(server), logFile]
    }),
    ...(rocketmq?.names ?? []).map((name, index) => {
      const { pid, logFile } = rocketmq?.process(name) ?? { pid: 0, logFile: '' }
      return [name, String(pid), name.startsWith('name-server') ? portOf(nameServers[index] ?? '') : (ports[name] ?? ''), logFile]
    }),
    ...(postgres === undefined ? [] : [['postgres', String(postgres.pid), String(postgres.port), postgres.logFile]]),
    ...processes.map(({ name, pid, port, logFile }) => [name, String(pid), port === undefined ? '' : String(port), logFile]),
  ]
}
