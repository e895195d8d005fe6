import { startMiddle } from '../../testing.ts'

/** When to cut a connection that commits: before the server hears of it, or before the client hears back. */
export type Cut = 'before_commit' | 'after_commit' | 'silence_after_commit'

export interface CuttingProxy {
  /** The same database, by way of this proxy. */
  readonly connectionString: string
  /** The next COMMIT meets this. */
  cutNext(cut: Cut): void
  close(): Promise<void>
}

/** Simple-protocol COMMIT, and the server's answer to it: both as they stand on the wire. */
const commitSent = 'COMMIT\0'
const commitAnswered = 'COMMIT\0'

/** Stands between a store and PostgreSQL, and cuts a connection at its COMMIT. */
export async function startCuttingProxy(connectionString: string): Promise<CuttingProxy> {
  const url = new URL(connectionString)
  const target = Number(url.port)
  let next: Cut | undefined

  const middle = await startMiddle({
    targets: () => [target],
    carry: ({ client, server, end }) => {
      let cut: Cut | undefined
      client.on('close', end)
      server.on('close', end)
      client.on('data', (data) => {
        if (next !== undefined && data.includes(commitSent)) {
          cut = next
          next = undefined
          if (cut === 'before_commit') return end()
        }
        server.write(data)
      })
      server.on('data', (data) => {
        if (cut === undefined) return void client.write(data)
        if (cut === 'after_commit' && data.includes(commitAnswered)) end()
      })
    },
  })
  url.port = String(middle.port)

  return {
    connectionString: url.href,
    cutNext: (cut) => {
      next = cut
    },
    close: () => middle.close(),
  }
}
