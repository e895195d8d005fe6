import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The requests that are under way over each connection, and their answers. */
export interface Exchanges {
  began(request: IncomingMessage, response: ServerResponse): void
  /** The answer went out, or never will. */
  ended(request: IncomingMessage): void
  /** Whether a request that has arrived whole waits for its answer. */
  owesAnswer(socket: Duplex): boolean
  /** The answers on their way to a peer that has sent all of its requests for them. */
  answersUnderWay(socket: Duplex): readonly ServerResponse[]
  /** Whether what is said now would stand in an answer, after one, or for the answer of a request that is still being served. */
  isSpokenFor(socket: Duplex): boolean
}

export function createExchanges(): Exchanges {
  const underWay = new WeakMap<Duplex, Map<IncomingMessage, ServerResponse>>()
  const over = (socket: Duplex): readonly (readonly [IncomingMessage, ServerResponse])[] => [...(underWay.get(socket) ?? [])]

  return {
    began: (request, response) => {
      const exchanges = underWay.get(request.socket)
      if (exchanges === undefined) return void underWay.set(request.socket, new Map([[request, response]]))
      for (const [earlier, answer] of exchanges) if (answer.writableEnded && earlier.complete) exchanges.delete(earlier)
      exchanges.set(request, response)
    },
    ended: (request) => {
      // One that was answered before it had arrived is remembered until it has: its bytes may still turn out to be unreadable.
      if (request.complete) underWay.get(request.socket)?.delete(request)
    },
    owesAnswer: (socket) => over(socket).some(([request, response]) => request.complete && !response.headersSent),
    answersUnderWay: (socket) =>
      over(socket).flatMap(([request, response]) => (request.complete && response.headersSent && !response.writableFinished ? [response] : [])),
    isSpokenFor: (socket) => over(socket).some(([request, response]) => (request.complete ? !response.writableFinished : response.headersSent)),
  }
}
