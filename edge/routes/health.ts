import { Type } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { Problem } from '../problems.ts'
import type { EdgeMetrics } from '../metrics.ts'
import { createSharedRuns } from '../shared-runs.ts'

const readyWithinMs = 1_000

/** For whatever watches this process. */
export function healthRoutes(server: Server, { services, clock, isOpen }: EdgeContext, metrics: EdgeMetrics): void {
  const okSchema = Type.Object({ ok: Type.Literal(true) })

  server.get('/healthz', { schema: { summary: 'The process is alive', tags: ['health'], response: { 200: okSchema } } }, () => ({ ok: true as const }))

  server.get(
    '/readyz',
    {
      schema: {
        summary: 'The order service and its store answer',
        description: 'No other service is asked: one that is away fails the orders that need it, and is no reason to take this server out.',
        tags: ['health'],
        response: { 200: okSchema },
        problems: ['unavailable'],
      },
    },
    async () => {
      if (!isOpen()) throw new Problem('unavailable', 'the shop is starting', { retryAfterSeconds: 1 })
      const reply = await services.order.getOrder({ orderId: 'none', userId: '', withEvents: false }, { deadlineAt: clock.now() + readyWithinMs })
      if (reply.kind !== 'answered') throw new Problem('unavailable', 'the order service does not answer', { retryAfterSeconds: 1 })
      return { ok: true as const }
    },
  )

  // Whoever may look at them is not asked, and the services count thousands of rows for each look.
  const measure = createSharedRuns(() => services.operations.getMetrics({}, services.ask()))
  server.get('/metrics', { schema: { summary: 'Measurements, as Prometheus text', tags: ['health'], response: { 200: Type.String() } } }, async (_, reply) => {
    const measured = await measure()
    const ofServices = measured.kind === 'answered' ? measured.response.text : ''
    return reply.type(metrics.contentType).send(`${await metrics.text()}\n${ofServices}`)
  })
}
