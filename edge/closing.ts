import { repeat, type Clock } from '@suanpan/runtime/time'
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchanges } from './exchanges.ts'
import { Problem } from './problems.ts'
import type { ConnectionGuard } from './unreadable.ts'

/** The first bytes of a request come with its connection. */
const silenceMs = 250

/** So long a peer may take to send the rest of a request, or to read its answer; up to twice as long where the answer begins meanwhile. */
const patienceMs = 3_000

const tooLate = new Problem('request_timeout', 'the shop is stopping, and the request has not arrived whole')

export interface Closing {
  begin(): void
  end(): void
}

/**
 * Lets no peer hold up the end of a server. Node closes the connections that are idle, which to it are those between two
 * requests, not those that have said nothing yet; and once a server closes, Node looks no more how long a request takes to arrive.
 */
export function createClosing(server: Server, exchanges: Exchanges, guard: ConnectionGuard, clock: Clock): Closing {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  let forgetSilent = (): void => {}

  function cutSilent(): void {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }

  /** Those that were under way when it was last looked: what begins after that has its time to be read. */
  let begun = new Set<ServerResponse>()
  const answersUnderWay = () => new Set([...sockets].flatMap((socket) => exchanges.answersUnderWay(socket)))

  function mayGoOn(socket: Socket): boolean {
    if (exchanges.owesAnswer(socket)) return true
    const answers = exchanges.answersUnderWay(socket)
    return answers.length > 0 && !answers.some((answer) => begun.has(answer))
  }

  const cuttingSlow = repeat({
    clock,
    everyMs: patienceMs,
    run: async () => {
      for (const socket of sockets) if (!mayGoOn(socket)) guard.refuse(socket, tooLate)
      begun = answersUnderWay()
    },
    onError: () => {},
  })

  return {
    begin: () => {
      forgetSilent = clock.after(silenceMs, cutSilent)
      begun = answersUnderWay()
      cuttingSlow.start()
    },
    end: () => {
      forgetSilent()
      void cuttingSlow.stop()
    },
  }
}
