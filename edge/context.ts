import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { ChannelName, NotificationReader } from '@suanpan/channels'
import type { Rpc } from '@suanpan/runtime/rpc'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import type { Authenticate, Identity } from './identity.ts'
import type { PlacingSettings } from './placing.ts'
import { Problem } from './problems.ts'
import type { Services } from './services.ts'

/** The HTTP server, whose handlers are typed by their schemas. */
export type Server = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>

/** What routes stand on. */
export interface EdgeContext {
  readonly services: Services
  readonly rpc: Rpc
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly authenticate: Authenticate
  /** Whether the shop is open: it listens a little earlier, so that platforms can be told where. */
  readonly isOpen: () => boolean
  /** Of the channels that are configured: what a platform without one sends here is not found. */
  readonly notificationReaders: ReadonlyMap<ChannelName, NotificationReader>
  readonly settings: EdgeSettings
}

/**
 * Which of the two systems that customers meet this server is: the order system has all but the notifications of
 * platforms, the payment system has those and the payments. Where everything runs in one program, one server is both.
 */
export type EdgeFace = 'both' | 'order-system' | 'payment-system'

export interface EdgeSettings {
  readonly face: EdgeFace
  /** A synchronous order that takes longer is answered 202. */
  readonly respondWithinMs: number
  readonly placing: PlacingSettings
  /** The auditor lets what is younger than this be on its way. */
  readonly auditGraceMs: number
  /** Addresses and networks of the proxies whose word on where a request comes from is believed. None: the sender's own address counts. */
  readonly trustedProxies: readonly string[]
  /** Demo mode: sign-in for anyone, and faults on demand. Absent in production. */
  readonly demo: { readonly tokenSecret: string } | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for routes behind a token. */
    identity: Identity | undefined
  }
}

export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === undefined) throw new Problem('unauthenticated', 'send `Authorization: Bearer <token>`')
  return request.identity
}
