import { Type } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { demoTokenMs, signDemoToken } from '../identity.ts'
import { Problem } from '../problems.ts'
import { limits, strictObject, userIdSchema } from '../schemas.ts'
import { answered } from '../services.ts'

const probability = Type.Number({ minimum: 0, maximum: 1 })
const faultsSchema = Type.Object(
  { confirmFails: probability, requestLost: probability, replyLost: probability },
  { title: 'Faults', additionalProperties: false },
)

/** Only in demo mode, which listens on loopback only: sign-in without a password. */
export function signInRoute(server: Server, { clock }: EdgeContext, tokenSecret: string): void {
  server.post(
    '/api/demo/sign-in',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        summary: 'A token for a demo user, or for an operator (demo mode only)',
        tags: ['demo'],
        body: strictObject({ userId: Type.Optional(userIdSchema), role: Type.Optional(Type.Literal('admin')) }),
        response: { 200: Type.Object({ token: Type.String(), expiresAt: Type.Integer() }) },
      },
    },
    async ({ body: { userId, role } }) => {
      if (userId === undefined && role === undefined) throw new Problem('invalid_request', 'say who you are: {"userId":"user-0001"} or {"role":"admin"}')
      const expiresAt = clock.now() + demoTokenMs
      const claims = role === undefined ? { sub: userId ?? '' } : { sub: userId ?? 'operator', role }
      return { token: signDemoToken(tokenSecret, claims, expiresAt), expiresAt }
    },
  )
}

/** Only in demo mode: faults on demand. */
export function faultRoutes(server: Server, { services }: EdgeContext): void {
  server.get(
    '/admin/faults',
    {
      schema: {
        summary: 'Which steps fail on purpose (demo mode only)',
        tags: ['demo'],
        security: [{ bearer: [] }],
        response: { 200: faultsSchema },
      },
    },
    async () => answered(await services.order.setFaults({ faults: undefined }, services.ask())).faults,
  )

  server.put(
    '/admin/faults',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        summary: 'Make steps fail on purpose, to watch orders being undone (demo mode only)',
        description:
          '`confirmFails`: the confirm step after everything was taken. `requestLost`, `replyLost`: calls to coupon, inventory and user. ' +
          'What is not named becomes 0. Processes that share a database share them, and there they are kept until they are changed.',
        tags: ['demo'],
        security: [{ bearer: [] }],
        body: strictObject({ confirmFails: Type.Optional(probability), requestLost: Type.Optional(probability), replyLost: Type.Optional(probability) }),
        response: { 200: faultsSchema },
      },
    },
    async ({ body: { confirmFails = 0, requestLost = 0, replyLost = 0 } }) =>
      answered(await services.order.setFaults({ faults: { confirmFails, requestLost, replyLost } }, services.ask())).faults,
  )
}
