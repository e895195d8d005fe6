import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { inTime, type Clock } from '@suanpan/runtime/time'

export interface ListenerAddress {
  /** 0 for any that is free. */
  readonly port: number
  /** The address to listen on. */
  readonly listenOn: string
}

/** A port where one protocol is served. */
export interface Listener {
  readonly port: number
  readonly connectionCount: number
  /** Tells the consumers that are connected to send no more calls, where the protocol has words for it. */
  sayLeaving(): void
  /** Takes no new connections, finishes what is under way for at most `withinMs`, and ends. */
  close(withinMs: number): Promise<void>
}

/** What differs from protocol to protocol. */
export interface ListenerProtocol {
  accept(socket: Socket): void
  sayLeaving(socket: Socket): void
  /** Ends the connections in the protocol's way. */
  finish(): Promise<void>
  /** Nothing is under way. */
  isIdle(): boolean
  readonly clock: Clock
}

const lookAgainMs = 20

export async function startListener({ port, listenOn }: ListenerAddress, { accept, sayLeaving, finish, isIdle, clock }: ListenerProtocol): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    accept(socket)
  })
  await listening(server, port, listenOn)

  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return sockets.size
    },
    sayLeaving: () => {
      for (const socket of sockets) sayLeaving(socket)
    },
    close: async (withinMs) => {
      const until = clock.now() + withinMs
      server.close()
      while (!isIdle() && clock.now() < until) await clock.sleep(lookAgainMs)
      await inTime(clock, Math.max(lookAgainMs, until - clock.now()), finish())
      while (sockets.size > 0 && clock.now() < until) await clock.sleep(lookAgainMs)
      for (const socket of sockets) socket.destroy()
    },
  }
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken; give another, or 0 for any that is free`, { cause: error }) : error),
    )
    server.listen(port, host, resolve)
  })
}
