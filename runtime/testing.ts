import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A connection that goes through the middle. */
export interface Passage {
  readonly client: Socket
  readonly server: Socket
  /** Breaks both sides. */
  end(): void
}

export interface MiddleOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string
  /** Any that is free, by default. */
  readonly port?: number
  /** Ports of 127.0.0.1 in the order in which they are tried: a connection goes to the first that takes it. */
  readonly targets: () => readonly number[]
  /** Carries what both sides say, and that they close. By default as it is. */
  readonly carry?: (passage: Passage) => void
}

/** Stands between programs that talk over TCP: a network that a test has in hand. */
export interface Middle {
  readonly port: number
  /** Those that are open. */
  readonly passages: ReadonlySet<Passage>
  close(): Promise<void>
}

export async function startMiddle({ host = '127.0.0.1', port = 0, targets, carry = carryOn }: MiddleOptions): Promise<Middle> {
  const passages = new Set<Passage>()

  function open(client: Socket, server: Socket): void {
    const end = (): void => {
      client.destroy()
      server.destroy()
      passages.delete(passage)
    }
    const passage: Passage = { client, server, end }
    passages.add(passage)
    for (const socket of [client, server]) {
      // What broke is closed next.
      socket.on('error', () => {})
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) passages.delete(passage)
      })
    }
    carry(passage)
  }

  function tryNext(client: Socket, [target, ...others]: readonly number[]): void {
    if (target === undefined) return void client.destroy()
    const server = connect(target, '127.0.0.1')
    const onRefused = (): void => tryNext(client, others)
    server.once('error', onRefused)
    server.once('connect', () => {
      server.off('error', onRefused)
      open(client, server)
    })
  }

  const listening = createServer((client) => {
    client.on('error', () => {})
    tryNext(client, targets())
  })
  await new Promise<void>((resolve, reject) => listening.once('error', reject).listen(port, host, resolve))
  return {
    port: (listening.address() as AddressInfo).port,
    passages,
    close: () => {
      for (const { end } of passages) end()
      return new Promise((resolve) => listening.close(() => resolve()))
    },
  }
}

/** A line to a port of 127.0.0.1 that can go silent. */
export interface Line extends Middle {
  /** What is open carries nothing any more, and neither side hears of the other's end. New connections are good. */
  silence(): void
}

export async function startLine(target: number): Promise<Line> {
  const silent = new WeakSet<Passage>()
  const middle = await startMiddle({
    targets: () => [target],
    carry: (passage) => {
      const { client, server } = passage
      for (const [from, onto] of [[client, server] as const, [server, client] as const]) {
        from.on('data', (data) => void (silent.has(passage) || onto.write(data)))
        from.on('close', () => void (silent.has(passage) || onto.destroySoon()))
      }
    },
  })
  return {
    ...middle,
    silence: () => {
      for (const passage of middle.passages) silent.add(passage)
    },
  }
}

function carryOn({ client, server }: Passage): void {
  client.pipe(server)
  server.pipe(client)
  client.on('close', () => server.destroySoon())
  server.on('close', () => client.destroySoon())
}
