import { inTime, type Clock } from '@suanpan/runtime/time'
import { staleGapMs, type ZooKeeper, type ZooKeeperEvent } from '../zookeeper/session.ts'
import { createApplications } from './applications.ts'
import { instanceJson, metadataOf } from './instance.ts'
import type { Registered, RegisteredService, Registration, Registry } from './port.ts'
import { addressOf, nodeName, parseNodeName, provides, type ProviderUrl } from './url.ts'

export interface ZooKeeperRegistryOptions {
  readonly zookeeper: ZooKeeper
  readonly clock: Clock
  /**
   * Where providers make themselves known. Java consumers use the application level as soon as anybody is there, so `all`
   * is right in a mixed fleet; it is the default.
   */
  readonly levels?: 'all' | 'interface' | 'application'
  /** `dubbo` by default, as in Java. */
  readonly root?: string
  /** How long a provider that goes waits for servers that are away. Its nodes then end with its session. */
  readonly withdrawWithinMs?: number
  /** What operators may want to know: as a rule, the same as is given to `openZooKeeper`. */
  readonly onEvent?: (event: ZooKeeperEvent) => void
}

const instances = '/services'

/** A node that tells of a provider. */
interface Node {
  readonly folder: string
  readonly name: string
  readonly address: string
  readonly data: string
}

/** Of a node on interface level, whose name is a URL. */
function addressOfNode(name: string): string | undefined {
  const url = parseNodeName(name)
  return url === undefined ? undefined : addressOf(url)
}

/** Dubbo's registry in ZooKeeper, interface level and application level, as Java writes and reads it. */
export function zookeeperRegistry(options: ZooKeeperRegistryOptions): Registry {
  const { zookeeper, clock, levels = 'all', root = 'dubbo', withdrawWithinMs = 3_000, onEvent = () => {} } = options
  const providersOf = (name: string) => `/${root}/${encodeURIComponent(name)}/providers`
  const applications = createApplications({ zookeeper, root, instances, onEvent })
  let isClosed = false

  /** What an earlier process at our address has left, on both levels: nobody else can have this port now. */
  async function removeStale(nodes: readonly Node[]): Promise<void> {
    const stale = await zookeeper.use(async (handle) => {
      const lists = nodes.map(async ({ folder, address }) => {
        const names = (await handle.children(folder)) ?? []
        return names.filter((name) => address === (addressOfNode(name) ?? name)).map((name) => `${folder}/${name}`)
      })
      const paths = (await Promise.all(lists)).flat()
      for (const path of paths) await handle.remove(path)
      return paths
    })
    // Java consumers take gone and come for one change if it is quick, and go on with the dead connection.
    if (stale.length > 0) await clock.sleep(staleGapMs)
  }

  function interfaceNodes(registration: Registration): Node[] {
    return registration.services.map((service) => {
      const url = providerUrl(registration, service)
      return { folder: providersOf(service.key.interface), name: nodeName(url), address: addressOf(url), data: registration.host }
    })
  }

  async function applicationNode(registration: Registration): Promise<Node> {
    const { application, host, endpoints, services } = registration
    const metadata = metadataOf(application, services)
    await zookeeper.ensure(`/${root}/metadata/${application}/${metadata.revision}`, Buffer.from(JSON.stringify(metadata)))
    for (const name of new Set(services.map(({ key }) => key.interface))) await applications.map(name, application)
    const address = addressOf({ host, port: endpoints[0]?.port ?? 0 })
    return { folder: `${instances}/${application}`, name: address, address, data: instanceJson(registration, metadata.revision) }
  }

  return {
    register: async (registration): Promise<Registered> => {
      const nodes = [
        ...(levels === 'application' ? [] : interfaceNodes(registration)),
        ...(levels === 'interface' ? [] : [await applicationNode(registration)]),
      ]
      await removeStale(nodes)
      const held = nodes.map(({ folder, name, data }) => zookeeper.keep(`${folder}/${name}`, Buffer.from(data)))
      await Promise.all(held.map(({ established }) => established))
      const withdrawAll = async () => void (await Promise.all(held.map((each) => each.release())))
      return { withdraw: async () => void (await inTime(clock, withdrawWithinMs, withdrawAll())) }
    },
    subscribe: (key, protocol, listener) => {
      const { promise: ready, resolve } = Promise.withResolvers<void>()
      const known: { interface?: readonly ProviderUrl[]; application?: readonly ProviderUrl[] } = {}
      const tell = (): void => {
        // Either level alone may name nobody: the first answer of both is awaited.
        if (isClosed || known.interface === undefined || known.application === undefined) return
        listener(merged(known.interface, known.application))
        resolve()
      }
      const listed = (names: readonly string[]): void => {
        known.interface = names.map(parseNodeName).filter((url) => url !== undefined && url.protocol === protocol && provides(url, key)) as ProviderUrl[]
        tell()
      }
      // One level that cannot be read does not hold up the other.
      const onRefused = (): void => (known.interface === undefined ? listed([]) : undefined)
      const interfaces = zookeeper.watchChildren(providersOf(key.interface), listed, onRefused)
      const closeApplications = applications.watch(key, protocol, (urls) => {
        known.application = urls
        tell()
      })
      return {
        ready,
        close: () => {
          void interfaces.release()
          closeApplications()
        },
      }
    },
    close: () => {
      isClosed = true
      zookeeper.close()
    },
  }
}

/** One entry an address. The interface level says more about a service, so it goes first. */
function merged(interfaces: readonly ProviderUrl[], applications: readonly ProviderUrl[]): ProviderUrl[] {
  const byAddress = new Map(applications.map((url) => [addressOf(url), url]))
  for (const url of interfaces) byAddress.set(addressOf(url), { ...url, parameters: { ...byAddress.get(addressOf(url))?.parameters, ...url.parameters } })
  return [...byAddress.values()]
}

/** What Java wants to know of a provider; without `application` its consumers log errors at every change. */
function providerUrl({ application, host, endpoints, startedAt }: Registration, { protocol, key, methods, parameters }: RegisteredService): ProviderUrl {
  const port = endpoints.find((endpoint) => endpoint.protocol === protocol)?.port ?? 0
  return {
    protocol,
    host,
    port,
    path: key.interface,
    parameters: {
      application,
      deprecated: 'false',
      dubbo: '2.0.2',
      dynamic: 'true',
      generic: 'false',
      ...(key.group === '' ? {} : { group: key.group }),
      interface: key.interface,
      methods: methods.join(','),
      ...parameters,
      side: 'provider',
      timestamp: String(startedAt),
      ...(key.version === '' ? {} : { version: key.version }),
    },
  }
}
