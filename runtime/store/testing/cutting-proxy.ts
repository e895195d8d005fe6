import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

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
  const target = new URL(connectionString)
  const sockets = new Set<Socket>()
  let next: Cut | undefined

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let cut: Cut | undefined
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', end)
    }
    client.on('data', (data) => {
      if (next !== undefined && data.includes(commitSent)) {
        cut = next
        next = undefined
        if (cut === 'before_commit') return end()
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (cut === undefined) return void client.write(data)
      if (cut === 'after_commit' && data.includes(commitAnswered)) end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(connectionString)
  url.port = String((server.address() as AddressInfo).port)

  return {
    connectionString: url.href,
    cutNext: (cut) => {
      next = cut
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
