import { reasonOf } from '@suanpan/runtime/reason'
import { ZooKeeperError } from '../zookeeper/port.ts'
import type { Held, ZooKeeper, ZooKeeperEvent } from '../zookeeper/session.ts'
import { parseInstance, parseMetadata, urlOf, type Instance, type Metadata } from './instance.ts'
import { isNodeName, type Protocol, type ProviderUrl, type ServiceKey } from './url.ts'

/** Application level: which programs provide an interface, their instances, and what these provide. */
export interface Applications {
  /** Makes a program known as a provider of an interface. */
  map(interfaceName: string, application: string): Promise<void>
  /** Tells the providers now and at every change; the returned function ends it. */
  watch(key: ServiceKey, protocol: Protocol, listener: (urls: readonly ProviderUrl[]) => void): () => void
}

export interface ApplicationsOptions {
  readonly zookeeper: ZooKeeper
  readonly root: string
  /** The folder of all programs' instances. */
  readonly instances: string
  readonly onEvent: (event: ZooKeeperEvent) => void
}

interface Watching {
  readonly key: ServiceKey
  readonly protocol: Protocol
  readonly listener: (urls: readonly ProviderUrl[]) => void
  /** The list may not be read, for now. */
  readonly onRefused: () => void
}

export function createApplications({ zookeeper, root, instances, onEvent }: ApplicationsOptions): Applications {
  const mappingOf = (name: string) => `/${root}/mapping/${name}`
  /** A document never changes: its name is its content. */
  const documents = new Map<string, Metadata>()
  /** Told of once until they can be read: each subscription tries them at every round. */
  const unreadable = new Set<string>()

  /** Anybody may write into the registry: one entry that nobody may read takes none of the others away. */
  async function textAt(path: string): Promise<string | undefined> {
    try {
      const node = await zookeeper.use((handle) => handle.read(path))
      unreadable.delete(path)
      return node?.data.toString()
    } catch (error) {
      if (!(error instanceof ZooKeeperError) || error.because !== 'refused') throw error
      if (!unreadable.has(path)) onEvent({ kind: 'unreadable', path, message: error.message })
      unreadable.add(path)
      return undefined
    }
  }

  async function metadataOf({ application, revision }: Instance): Promise<Metadata | undefined> {
    const path = `/${root}/metadata/${application}/${revision}`
    const known = documents.get(path)
    if (known !== undefined) return known
    const text = await textAt(path)
    const parsed = text === undefined ? undefined : parseMetadata(text)
    if (parsed !== undefined) documents.set(path, parsed)
    return parsed
  }

  async function instancesOf(application: string, ids: readonly string[]): Promise<Instance[]> {
    const texts = await Promise.all(ids.map((id) => textAt(`${instances}/${application}/${id}`)))
    return texts.flatMap((text) => (text === undefined ? [] : (parseInstance(application, text) ?? [])))
  }

  /** One program's providers of a service. Lists arrive in order; a slow one that was overtaken is dropped. */
  function watchApplication(application: string, { key, protocol, listener, onRefused }: Watching): Held {
    let latest = 0
    const tell = async (ids: readonly string[]): Promise<void> => {
      const turn = ++latest
      const found = await instancesOf(application, ids)
      const urls = await Promise.all(
        found.map(async (instance) => {
          const metadata = await metadataOf(instance)
          return metadata === undefined ? undefined : urlOf(instance, metadata, key, protocol)
        }),
      )
      if (turn === latest) listener(urls.filter((url) => url !== undefined))
    }
    const onFailed = (error: unknown): void => {
      // ZooKeeper was closed meanwhile: those known stay.
      if (!(error instanceof ZooKeeperError)) onEvent({ kind: 'failed', message: reasonOf(error) })
    }
    return zookeeper.watchChildren(`${instances}/${application}`, (ids) => void tell(ids).catch(onFailed), onRefused)
  }

  return {
    map: (interfaceName, application) =>
      zookeeper.use(async (handle) => {
        const path = mappingOf(interfaceName)
        for (;;) {
          const read = await handle.read(path)
          if (read === undefined) {
            await zookeeper.ensure(path, Buffer.from(application))
            continue
          }
          const names = read.data
            .toString()
            .split(',')
            .filter((name) => name !== '')
          if (names.includes(application)) return
          if ((await handle.write(path, Buffer.from([...names, application].join(',')), read.facts.version)) === 'written') return
        }
      }),
    watch: (key, protocol, listener) => {
      const watched = new Map<string, { readonly held: Held; urls: readonly ProviderUrl[] | undefined }>()
      let isMapped = false
      let isClosed = false
      const tell = (): void => {
        const lists = [...watched.values()].map(({ urls }) => urls)
        if (!isClosed && !lists.includes(undefined)) listener(lists.flatMap((urls) => urls ?? []))
      }
      const watch = (application: string): void => {
        const known = (urls: readonly ProviderUrl[]): void => {
          entry.urls = urls
          tell()
        }
        // The others do not wait for one that cannot be read; what was known of it stays.
        const onRefused = (): void => (entry.urls === undefined ? known([]) : undefined)
        const entry = {
          urls: undefined as readonly ProviderUrl[] | undefined,
          held: watchApplication(application, { key, protocol, listener: known, onRefused }),
        }
        watched.set(application, entry)
      }
      const mapped = (text: string): void => {
        isMapped = true
        const names = new Set(text.split(',').filter(isNodeName))
        for (const [name, { held }] of watched) {
          if (names.has(name)) continue
          watched.delete(name)
          void held.release()
        }
        for (const name of names) if (!watched.has(name)) watch(name)
        tell()
      }
      const mapping = zookeeper.watchData(
        mappingOf(key.interface),
        (data) => mapped(data?.toString() ?? ''),
        () => (isMapped ? undefined : mapped('')),
      )
      return () => {
        isClosed = true
        void mapping.release()
        for (const { held } of watched.values()) void held.release()
      }
    },
  }
}
