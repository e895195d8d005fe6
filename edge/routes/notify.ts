import { channelNames, type ChannelName, type NotificationReader, type ParsedNotification, type Refusal } from '@suanpan/channels'
import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { createFailureLimit } from '../failure-limit.ts'
import { createIntake } from '../intake.ts'
import type { EdgeMetrics } from '../metrics.ts'
import { Problem, problemOfStatus } from '../problems.ts'
import { problemsOf } from '../responses.ts'
import { limits, strictObject } from '../schemas.ts'

/** How a platform speaks, and wants to be answered. Failures say what a code says, and nothing of what came in. */
interface Manner {
  readonly contentType: string
  readonly kept: (reply: FastifyReply) => FastifyReply
  readonly keptStatus: 200 | 204
  readonly keptSchema: TSchema
  readonly failed: (reply: FastifyReply, said: string) => FastifyReply
  readonly failedSchema: TSchema
}

const manners: { readonly [Channel in ChannelName]: Manner } = {
  alipay: {
    contentType: 'application/x-www-form-urlencoded',
    // Seven characters and nothing else; anything else makes the platform send it again.
    kept: (reply) => reply.type('text/plain').send('success'),
    keptStatus: 200,
    keptSchema: Type.String({ const: 'success' }),
    failed: (reply, said) => reply.type('text/plain').send(`fail: ${said}`),
    failedSchema: Type.String(),
  },
  wechat: {
    contentType: 'application/json',
    kept: (reply) => reply.code(204).send(),
    keptStatus: 204,
    keptSchema: Type.Null(),
    failed: (reply, said) => reply.send({ code: 'FAIL', message: said }),
    failedSchema: Type.Object({ code: Type.Literal('FAIL'), message: Type.String() }),
  },
}

const refusalCodes: { readonly [Because in Refusal]: OutcomeCode } = {
  malformed: 'invalid_request',
  unsupported: 'invalid_request',
  unsigned: 'unverified',
  unknown_key: 'unverified',
  stale: 'unverified',
  bad_signature: 'unverified',
  not_ours: 'unverified',
}

/** More than any platform sends that is only misconfigured. Beyond it a source is still heard, as `heardBytes` says. */
const failuresPerSecond = 200

/**
 * What a source may send that has failed too often in this second. A notification is one to three KB; to verify one of
 * this size costs 50 µs, about what it costs to refuse it unread. So a flood is answered with `429`, whatever is large is
 * not read, and a genuine platform behind the same address is heard all the same.
 */
const heardBytes = 8 * 1024

/** What platforms tell us. Kept durably before it is answered, settled afterwards. */
export async function notifyRoutes(server: Server, context: EdgeContext, metrics: EdgeMetrics): Promise<void> {
  const { services, clock, log, notificationReaders } = context
  const intake = createIntake(services, clock)
  const limit = createFailureLimit({ clock, failuresPerSecond, maxSources: 10_000 })

  for (const channel of channelNames) {
    const reader = notificationReaders.get(channel)
    await server.register(async (scope: Server) => (reader === undefined ? notConfigured(scope, channel) : configured(scope, reader)))
  }

  function configured(scope: Server, reader: NotificationReader): void {
    const { channel } = reader
    const manner = manners[channel]

    function refuse(request: FastifyRequest, reply: FastifyReply, code: OutcomeCode, because: string, detail: string): FastifyReply {
      const isTheirs = outcomes[code].status < 500
      const told = isTheirs && limit.isExhausted(request.ip) ? 'rate_limited' : code
      const { status } = outcomes[told]
      metrics.notification(channel, because)
      if (isTheirs && limit.failed(request.ip)) log.warn({ channel, because, detail }, 'a notification was refused; others of this second are only counted')
      if (!isTheirs || told === 'rate_limited') void reply.header('retry-after', '1')
      return manner.failed(reply.code(status), because === code ? told : `${told} (${because})`)
    }

    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(manner.contentType, { parseAs: 'buffer', bodyLimit: limits.notificationBodyBytes }, (_, body, done) => done(null, body))
    scope.setErrorHandler((error, request, reply) => {
      const { code, detail } = problemOf(error)
      if (code === 'internal_error') log.error({ error, channel }, 'a notification could not be taken in')
      return refuse(request, reply, code, code, detail)
    })
    scope.addHook('onRequest', async ({ ip, headers }) => {
      // A body without a length may be of any.
      const isLarge = Number(headers['content-length'] ?? Infinity) > heardBytes
      if (isLarge && limit.isExhausted(ip)) throw new Problem('rate_limited', 'too many notifications from there were refused within this second')
    })
    scope.post(`/notify/${channel}`, { bodyLimit: limits.notificationBodyBytes, schema: schemaOf(channel) }, async (request, reply) => {
      const parsed = read(reader, request)
      if (parsed.kind === 'refused') return refuse(request, reply, refusalCodes[parsed.because], parsed.because, parsed.detail)
      if (!(await intake.keep(parsed.notification))) {
        return refuse(request, reply, 'unavailable', 'unavailable', 'the payment service did not keep it in time')
      }
      metrics.notification(channel, 'kept')
      return manner.kept(reply)
    })
  }

  function read(reader: NotificationReader, request: FastifyRequest): ParsedNotification {
    // An empty body without a content type is not parsed at all.
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    try {
      return reader.parse(body, request.headers, clock.now())
    } catch (error) {
      // It promises not to throw; should some input find a way, it is that input which is refused.
      log.error({ error, channel: reader.channel }, 'the notification reader failed')
      return { kind: 'refused', because: 'malformed', detail: 'the reader failed' }
    }
  }
}

function notConfigured(scope: Server, channel: ChannelName): void {
  scope.addHook('onRequest', async () => {
    throw new Problem('not_found', `${channel} is not configured in this shop: it cannot tell whether this is genuine`)
  })
  scope.post(`/notify/${channel}`, { schema: schemaOf(channel) }, (_, reply) => reply.callNotFound())
}

function schemaOf(channel: ChannelName) {
  const { contentType, keptStatus, keptSchema, failedSchema } = manners[channel]
  const codes = ['invalid_request', 'unverified', 'payload_too_large', 'unsupported_media_type', 'rate_limited', 'internal_error', 'unavailable'] as const
  const failures = codes.map((code) => [outcomes[code].status, { ...failedSchema, description: `\`${code}\`: ${outcomes[code].title}` }] as const)
  return {
    summary: `For ${channel}: a notification, verified, and answered once it is durable`,
    tags: ['payments'],
    consumes: [contentType],
    // It has to come to the reader byte for byte.
    body: Type.Unsafe<unknown>({ description: 'As the platform signed it' }),
    querystring: strictObject({}),
    response: { ...problemsOf(['not_found']), ...Object.fromEntries(failures), [keptStatus]: { ...keptSchema, description: 'Durable' } },
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { statusCode, message } = error as { readonly statusCode?: number; readonly message?: string }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return problemOfStatus(statusCode, message ?? '')
  return new Problem('internal_error', 'see the log')
}
