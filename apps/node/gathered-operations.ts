import { OperationsServiceDefinition, type MessageTrace } from '@suanpan/contracts/operations'
import type { Client, Reply, Rpc } from '@suanpan/runtime/rpc'
import { joinMetrics } from './metrics-text.ts'

type Operations = Client<typeof OperationsServiceDefinition>

const answers = 'suanpan_service_answers'
const aboutAnswers = [`# HELP ${answers} Whether any process of the service answered with its measurements: 1, or 0`, `# TYPE ${answers} gauge`]

/**
 * The operations of all services as if they were one program: each service answers for its own bus, under its own name.
 * A service that does not answer is not left out silently: the whole answer is then that of the one that failed, or, of
 * measurements, says so.
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
    // One service has it: where that one has begun, nobody else's silence is a reason to try again.
    replayDeadLetter: async (request, options) => {
      const replies = await Promise.all(each.map((operations) => operations.replayDeadLetter(request, options)))
      const found = replies.find((reply) => reply.kind === 'answered' && reply.response.found)
      return (
        found ??
        replies.find(({ kind }) => kind === 'unknown') ??
        replies.find(({ kind }) => kind !== 'answered') ?? { kind: 'answered', response: { found: false } }
      )
    },
    traceMessages: (request, options) =>
      askAll(
        (operations) => operations.traceMessages(request, options),
        (replies) => ({ messages: joinTraces(replies.flatMap(({ messages }) => messages)) }),
      ),
    // Those that answer are not to be missed because one does not; which one that is, is measured, too.
    getMetrics: async (request, options) => {
      const replies = await Promise.all(each.map((operations) => operations.getMetrics(request, options)))
      const texts = replies.flatMap((reply) => (reply.kind === 'answered' ? [reply.response.text] : []))
      const answered = services.map((service, index) => `${answers}{service="${service}"} ${replies[index]?.kind === 'answered' ? 1 : 0}`)
      return { kind: 'answered', response: { text: joinMetrics([...texts, [...aboutAnswers, ...answered].join('\n')]) } }
    },
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
