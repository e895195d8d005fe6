import type { Held, ZooKeeper } from '../zookeeper/session.ts'
import { parseInstance, parseMetadata, urlOf, type Instance, type Metadata } from './instance.ts'
import type { Protocol, ProviderUrl, ServiceKey } from './url.ts'

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
}

export function createApplications({ zookeeper, root, instances }: ApplicationsOptions): Applications {
  const mappingOf = (name: string) => `/${root}/mapping/${name}`
  /** A document never changes: its name is its content. */
  const documents = new Map<string, Metadata>()

  async function metadataOf({ application, revision }: Instance): Promise<Metadata | undefined> {
    const path = `/${root}/metadata/${application}/${revision}`
    const known = documents.get(path)
    if (known !== undefined) return known
    const read = await zookeeper.use((handle) => handle.read(path))
    const parsed = read === undefined ? undefined : parseMetadata(read.data.toString())
    if (parsed !== undefined) documents.set(path, parsed)
    return parsed
  }

  async function instancesOf(application: string, ids: readonly string[]): Promise<Instance[]> {
    const read = await Promise.all(ids.map((id) => zookeeper.use((handle) => handle.read(`${instances}/${application}/${id}`))))
    return read.flatMap((node) => (node === undefined ? [] : (parseInstance(application, node.data.toString()) ?? [])))
  }

  /** One program's providers of a service. Lists arrive in order; a slow one that was overtaken is dropped. */
  function watchApplication(application: string, key: ServiceKey, protocol: Protocol, listener: (urls: readonly ProviderUrl[]) => void): Held {
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
    return zookeeper.watchChildren(`${instances}/${application}`, (ids) => void tell(ids).catch(() => listener([])))
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
      const tell = (): void => {
        const lists = [...watched.values()].map(({ urls }) => urls)
        if (!lists.includes(undefined)) listener(lists.flatMap((urls) => urls ?? []))
      }
      const mapping = zookeeper.watchData(mappingOf(key.interface), (data) => {
        const names = new Set((data?.toString() ?? '').split(',').filter((name) => name !== ''))
        for (const [name, { held }] of watched) {
          if (names.has(name)) continue
          watched.delete(name)
          void held.release()
        }
        for (const name of names) {
          if (watched.has(name)) continue
          const entry = {
            urls: undefined as readonly ProviderUrl[] | undefined,
            held: watchApplication(name, key, protocol, (urls) => {
              entry.urls = urls
              tell()
            }),
          }
          watched.set(name, entry)
        }
        tell()
      })
      return () => {
        void mapping.release()
        for (const { held } of watched.values()) void held.release()
      }
    },
  }
}
