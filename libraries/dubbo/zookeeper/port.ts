/** What a node is, as far as anybody here asks. */
export interface NodeFacts {
  /** Counts the writes of the data: a write can be made to depend on it. */
  readonly version: number
  /** The session that an ephemeral node goes with, in hexadecimal; all zeros for a persistent node. */
  readonly owner: string
}

/** Ended with its session, or not connected in time: what was asked may or may not have happened. */
export class ZooKeeperError extends Error {
  override readonly name = 'ZooKeeperError'
  readonly because: 'connection' | 'session' | 'refused'

  constructor(because: ZooKeeperError['because'], message: string) {
    super(message)
    this.because = because
  }
}

export type CreateMode = 'persistent' | 'ephemeral'

/**
 * One session with the servers, until it expires. Every call rejects with ZooKeeperError when the connection breaks
 * under it or the session ends; a call made while disconnected waits for the next connection.
 */
export interface ZooKeeperHandle {
  create(path: string, data: Buffer, mode: CreateMode): Promise<'created' | 'exists' | 'no_parent'>
  remove(path: string): Promise<'removed' | 'missing' | 'not_empty'>
  /** `onChange` is called once, at the next change of what was read. The same function given again counts once. */
  exists(path: string, onChange?: () => void): Promise<NodeFacts | undefined>
  children(path: string, onChange?: () => void): Promise<readonly string[] | undefined>
  read(path: string, onChange?: () => void): Promise<{ readonly data: Buffer; readonly facts: NodeFacts } | undefined>
  /** Those functions are not called any more. */
  unwatch(onChange: () => void): void
  write(path: string, data: Buffer, version: number): Promise<'written' | 'missing' | 'changed_since'>
  /** In hexadecimal; changes with the session. */
  sessionId(): string
  /** As the servers granted it. */
  sessionTimeoutMs(): number
  /** Breaks the connection, so that the next server is tried with the same session. */
  kick(): void
  /** Ends the session: its ephemeral nodes go at once. */
  close(): void
}

export interface HandleListener {
  /** Connected, for the first time or again; always with the same session. */
  connected(): void
  disconnected(): void
  /** The session is over, and this handle of no use any more. */
  ended(): void
}
