import { OperationsServiceDefinition, type MessageTrace } from '@suanpan/contracts/operations'
import type { Client, Reply, Rpc } from '@suanpan/runtime/rpc'
import { joinMetrics } from './metrics-text.ts'

type Operations = Client<typeof OperationsServiceDefinition>

/**
 * The operations of all services as if they were one program: each service answers for its own bus, under its own name.
 * A service that does not answer is not left out silently: the whole answer is then that of the one that failed.
 */
export function gatherOperations(rpc: Rpc, services: readonly string[]): Operations {
  const each = services.map((service) => rpc.client(OperationsServiceDefinition, service))

  async function askAll<Response, Gathered>(
    ask: (operations: Operations) => Promise<Reply<Response>>,
    gather: (responses: readonly Response[]) => Gathered,
  ): Promise<Reply<Gathered>> {
    const responses: Response[] = []
    for (const reply of await Promise.all(each.map(ask))) {
      if (reply.kind !== 'answered') return reply
      responses.push(reply.response)
    }
    return { kind: 'answered', response: gather(responses) }
  }

  return {
    listDeadLetters: (request, options) =>
      askAll(
        (operations) => operations.listDeadLetters(request, options),
        (pages) => ({
          deadLetters: pages
            .flatMap(({ deadLetters }) => deadLetters)
            .toSorted((one, other) => (one.id < other.id ? -1 : 1))
            .slice(0, request.limit),
        }),
      ),
    replayDeadLetter: (request, options) =>
      askAll(
        (operations) => operations.replayDeadLetter(request, options),
        (replies) => ({ found: replies.some(({ found }) => found) }),
      ),
    traceMessages: (request, options) =>
      askAll(
        (operations) => operations.traceMessages(request, options),
        (replies) => ({ messages: joinTraces(replies.flatMap(({ messages }) => messages)) }),
      ),
    getMetrics: (request, options) =>
      askAll(
        (operations) => operations.getMetrics(request, options),
        (replies) => ({ text: joinMetrics(replies.map(({ text }) => text)) }),
      ),
  }
}

/** A message is known to the service that published it, and to each that received it with its own groups. */
export function joinTraces(traces: readonly MessageTrace[]): MessageTrace[] {
  const joined = new Map<string, MessageTrace>()
  for (const trace of traces) {
    const known = joined.get(trace.messageId)
    const deliveries = [...(known?.deliveries ?? []), ...trace.deliveries].toSorted((one, other) => (one.group < other.group ? -1 : 1))
    joined.set(trace.messageId, { ...trace, publishedAt: Math.min(trace.publishedAt, known?.publishedAt ?? Infinity), deliveries })
  }
  return [...joined.values()].toSorted((one, other) => one.publishedAt - other.publishedAt)
}
