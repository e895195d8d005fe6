import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import type { Keys } from './keys/keys.ts'
import type { Ledger } from './ledger.ts'
import { takeApiFault, type ApiFault, type Channel, type Operation } from './machine/index.ts'

/** The HTTP server, whose handlers are typed by their schemas. */
export type Server = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>

/** What every part of the sandbox stands on. */
export interface SandboxContext {
  readonly ledger: Ledger
  readonly keys: Keys
  /** The machine's own time: signatures bear it, as their receivers compare it with theirs. */
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Where the sandbox listens, without a slash at the end. */
  baseUrl(): string
}

export interface Call {
  readonly channel: Channel
  readonly operation: Operation
  readonly outTradeNo: string
}

/** An answer before it is sent. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** A notification as it is posted. */
export interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How long a call hangs that gets no answer: longer than any client waits. */
const hangMs = 120_000

/**
 * Runs a call under whatever fault is set for it. `work` does what is asked; it is told of the fault, as that may be an
 * error to answer, or concern how its answer is signed.
 */
export async function underFaults(context: SandboxContext, call: Call, reply: FastifyReply, work: (fault: ApiFault) => Promise<HttpAnswer>): Promise<void> {
  const { ledger, clock } = context
  const fault = await ledger.run((platform) => takeApiFault(platform, call))
  if (fault.slowMs !== undefined) await clock.sleep(fault.slowMs)
  if (fault.afterCommit === true) {
    const { errorCode: _, ...done } = fault
    await work(done)
  }
  if (fault.status !== undefined) {
    return sendAnswer(reply, { status: fault.status, headers: { 'content-type': 'text/html' }, body: `<html><body>${fault.status}</body></html>` })
  }
  const answer = await work(fault)
  if (fault.timeoutAfterCommit !== true) return sendAnswer(reply, answer)
  // The connection stays open, and silent.
  reply.hijack()
  // Once the caller has given up there is nothing left to wait for: a timer would hold up the end of the program.
  reply.raw.once(
    'close',
    clock.after(hangMs, () => reply.raw.destroy()),
  )
}

export async function sendAnswer(reply: FastifyReply, { status, headers, body }: HttpAnswer): Promise<void> {
  await reply.code(status).headers(headers).send(body)
}
