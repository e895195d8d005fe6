import { integer, type Setting } from '@suanpan/runtime/settings'

const isAddress = (text: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?:\d{1,5}$/.test(text)
const host = { allowed: 'an address or host name', parse: (text: string) => (/^[0-9A-Za-z.-]{1,253}$/.test(text) ? text : undefined) }
const portOrAny = (meaning: string): Setting<number> => ({ ...integer(meaning, 0, 65_535, 0), fallback: undefined })

/** What a process of the cluster takes beside what every shop does (see hosting's `settings`). */
export const nodeSettings = {
  CLUSTER_ZOOKEEPER: {
    meaning: 'the ZooKeeper servers through which processes find each other',
    allowed: 'host:port, several separated by commas, such as 127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183',
    fallback: undefined,
    parse: (text) => {
      const servers = text.split(',').map((server) => server.trim())
      return servers.every(isAddress) ? servers : undefined
    },
  } satisfies Setting<readonly string[]>,
  CLUSTER_PROXY: {
    meaning: "RocketMQ's proxy, which speaks gRPC",
    allowed: 'one host:port, such as 127.0.0.1:8081',
    fallback: undefined,
    parse: (text) => (isAddress(text) ? text : undefined),
  } satisfies Setting<string>,
  CLUSTER_HOST: {
    meaning: 'the address at which other processes reach this one; nobody is asked who he is, so it should be one of a private network',
    ...host,
    fallback: '127.0.0.1',
  } satisfies Setting<string>,
  CLUSTER_LISTEN: {
    meaning: 'the address that this process listens on for other processes, if it is not CLUSTER_HOST itself: behind a proxy, or in a container',
    ...host,
    fallback: undefined,
  } satisfies Setting<string>,
  CLUSTER_PORT: portOrAny('where this process answers other processes; 0, the default: any free port'),
  CLUSTER_NAME: {
    meaning: "this process's name, in its log; by default what it runs",
    allowed: 'letters, digits, "-", "_", "." and "+"',
    fallback: undefined,
    parse: (text) => (/^[\w.+-]{1,200}$/.test(text) ? text : undefined),
  } satisfies Setting<string>,
  PAYMENT_PORT: portOrAny(
    'where the payment system listens (default PORT + 2); 0: any free port, unless the payment service of a demo runs here, which tells the sandbox',
  ),
  OPERATIONS_PORT: portOrAny('where this process answers its operators, on loopback only; 0, the default: any free port'),
  CLUSTER_WAIT_MS: integer('how long a start waits for ZooKeeper, PostgreSQL and RocketMQ', 0, 3_600_000, 60_000),
}
