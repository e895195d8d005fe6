import { ZooKeeperError, type HandleListener, type ZooKeeperHandle } from './port.ts'

interface FakeNode {
  data: Buffer
  version: number
  owner: string
}

/** Servers in memory, for what real ones do too slowly or too rarely: expire, fall silent, refuse. */
export interface FakeServers {
  readonly nodes: Map<string, FakeNode>
  /** Paths that nobody may read. */
  readonly guarded: Set<string>
  /** How many sessions were opened. */
  readonly sessions: number
  /** Kicks that came since the beginning. */
  readonly kicks: number
  open(options: unknown, listener: HandleListener): ZooKeeperHandle
  connect(): void
  disconnect(): void
  /** The servers end the session: its nodes go. */
  expire(): void
  /** Questions are no longer answered. */
  freeze(): void
}

export const none = '0000000000000000'

export function fakeServers(): FakeServers {
  const nodes = new Map<string, FakeNode>([['/', { data: Buffer.alloc(0), version: 0, owner: none }]])
  const guarded = new Set<string>()
  const watches: { readonly path: string; readonly onChange: () => void }[] = []
  let sessions = 0
  let kicks = 0
  let isFrozen = false
  let isConnected = false
  let current: { listener: HandleListener; id: string } | undefined

  function changed(path: string): void {
    const hit = watches.filter((watch) => watch.path === path || watch.path === parentOf(path))
    for (const watch of hit) watches.splice(watches.indexOf(watch), 1)
    for (const { onChange } of hit) onChange()
  }

  /** Answers after a turn, as a network does; never where the servers are frozen. */
  function answer<Result>(id: string, result: () => Result): Promise<Result> {
    if (isFrozen) return new Promise(() => {})
    if (current?.id !== id) return Promise.reject(new ZooKeeperError('session', 'over'))
    if (!isConnected) return Promise.reject(new ZooKeeperError('connection', 'away'))
    return Promise.resolve().then(result)
  }

  const readable = <Result>(id: string, path: string, result: () => Result): Promise<Result> =>
    answer(id, () => {
      if (guarded.has(path)) throw new ZooKeeperError('refused', `${path}: NO_AUTH`)
      if (/\/\.{0,2}$/.test(path) && path !== '/') throw new ZooKeeperError('refused', `${path}: BAD_ARGUMENTS`)
      return result()
    })

  function watched<Result>(path: string, onChange: (() => void) | undefined, result: Result): Result {
    if (onChange !== undefined) watches.push({ path, onChange })
    return result
  }

  /** A session that ends takes its nodes along. */
  function takeAlong(id: string): void {
    for (const [path, { owner }] of nodes) if (owner === id) nodes.delete(path)
  }

  const factsOf = (node: FakeNode | undefined) => (node === undefined ? undefined : { version: node.version, owner: node.owner })

  return {
    nodes,
    guarded,
    get sessions() {
      return sessions
    },
    get kicks() {
      return kicks
    },
    open: (_, listener) => {
      const id = String(++sessions)
      current = { listener, id }
      return {
        create: (path, data, mode) =>
          answer(id, () => {
            if (nodes.has(path)) return 'exists'
            if (!nodes.has(parentOf(path))) return 'no_parent'
            nodes.set(path, { data, version: 0, owner: mode === 'ephemeral' ? id : none })
            changed(path)
            return 'created'
          }),
        remove: (path) =>
          answer(id, () => {
            if (!nodes.delete(path)) return 'missing'
            changed(path)
            return 'removed'
          }),
        exists: (path, onChange) => answer(id, () => watched(path, onChange, factsOf(nodes.get(path)))),
        children: (path, onChange) => readable(id, path, () => (nodes.has(path) ? watched(path, onChange, childrenOf(nodes, path)) : undefined)),
        read: (path, onChange) =>
          readable(id, path, () => {
            const node = nodes.get(path)
            return node === undefined ? undefined : watched(path, onChange, { data: node.data, facts: { version: node.version, owner: node.owner } })
          }),
        write: (path, data, version) =>
          answer(id, () => {
            const node = nodes.get(path)
            if (node === undefined) return 'missing'
            if (node.version !== version) return 'changed_since'
            nodes.set(path, { ...node, data, version: version + 1 })
            changed(path)
            return 'written'
          }),
        unwatch: (onChange) => {
          for (const watch of watches.filter((each) => each.onChange === onChange)) watches.splice(watches.indexOf(watch), 1)
        },
        sessionId: () => id,
        sessionTimeoutMs: () => 12_000,
        kick: () => {
          kicks++
        },
        close: () => {
          takeAlong(id)
          current = undefined
        },
      }
    },
    connect: () => {
      isConnected = true
      isFrozen = false
      current?.listener.connected()
    },
    disconnect: () => {
      isConnected = false
      current?.listener.disconnected()
    },
    expire: () => {
      const ended = current
      if (ended !== undefined) takeAlong(ended.id)
      watches.length = 0
      isConnected = false
      ended?.listener.ended()
    },
    freeze: () => {
      isFrozen = true
    },
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

function childrenOf(nodes: ReadonlyMap<string, unknown>, path: string): string[] {
  return [...nodes.keys()].filter((other) => other !== '/' && parentOf(other) === path).map((other) => other.slice(other.lastIndexOf('/') + 1))
}
