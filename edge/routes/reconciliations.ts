import { Type } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { wireChannels } from '../payments.ts'
import { Problem } from '../problems.ts'
import { reconciled, reconciliationSchema } from '../reconciliations.ts'
import { forOperators } from '../responses.ts'
import { channelSchema, limits, strictObject } from '../schemas.ts'
import { answered } from '../services.ts'

/** A bill of a busy day is fetched, and each difference may ask the platform once more. */
const timeoutMs = 120_000

/** Holding the platforms' bills against our books. */
export function reconciliationRoutes(server: Server, { services, clock }: EdgeContext): void {
  server.post(
    '/admin/reconciliations',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        ...forOperators,
        summary: "Hold a platform's bill of one day against payments, refunds and orders",
        description: 'Repeatable: what differs takes its next step by itself, and what agrees is left alone.',
        body: strictObject({
          channel: channelSchema,
          date: Type.String({ pattern: '^20[0-9]{2}-[01][0-9]-[0-3][0-9]$', description: "A day in the platforms' time (UTC+8)" }),
        }),
        response: { 200: reconciliationSchema },
        problems: ['channel_not_offered', 'no_bill', 'bill_refused'],
      },
    },
    async ({ body: { channel, date } }) => {
      if (!isDay(date)) throw new Problem('invalid_request', `body/date: there is no day ${date}`)
      const asked = { channel: wireChannels[channel], date }
      return reconciled(answered(await services.payment.reconcile(asked, { deadlineAt: clock.now() + timeoutMs })), channel, date)
    },
  )
}

/** `2026-02-30` is written like a day, and is none. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}
