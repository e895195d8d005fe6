import { connectivityState, Client, credentials, status, type Metadata, type ServiceError as GrpcError } from '@grpc/grpc-js'
import type { Clock } from '@suanpan/runtime/time'
import type { Attachments, Reply } from '../call.ts'
import type { Link, LinkState } from '../link.ts'
import { addressOf } from '../registry/url.ts'
import { attachmentsOf, headerOf, headers, metadataOf } from './headers.ts'

/** What is called, and with what. */
export interface TripleRequest {
  /** `/package.Service/Method` */
  readonly path: string
  readonly group: string
  readonly version: string
  readonly caller: string
  readonly body: Uint8Array
}

export interface TripleLinkOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly connectWithinMs?: number
  readonly maxMessageBytes: number
}

/** Eight digits are what the header takes. */
const maxTimeoutMs = 99_999_999
/** How often a link that is closed looks whether its calls are over. */
const lookAgainMs = 200

const channelSettings = {
  // Each link knows the state of its own connection.
  'grpc.use_local_subchannel_pool': 1,
  // Repeating is decided in one place, and not here.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
  // A connection that neither answers nor breaks is found out within nine seconds, also while nobody calls: the next to call
  // would wait for as long as it has.
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 4_000,
  'grpc.keepalive_permit_without_calls': 1,
}

/** Keeps an HTTP/2 connection to one provider of Triple open, and makes it anew when it breaks. */
export function openTripleLink({ host, port, clock, connectWithinMs = 3_000, maxMessageBytes }: TripleLinkOptions): Link<TripleRequest, Buffer> {
  const client = new Client(addressOf({ host, port }), credentials.createInsecure(), {
    ...channelSettings,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  })
  const channel = client.getChannel()
  let isClosed = false
  let callsUnderWay = 0
  channel.getConnectivityState(true)

  function stateNow(): LinkState {
    if (isClosed) return 'leaving'
    // Asking also makes an idle channel connect.
    const state = channel.getConnectivityState(true)
    if (state === connectivityState.READY) return 'ready'
    return state === connectivityState.TRANSIENT_FAILURE ? 'down' : 'connecting'
  }

  /** One step nearer to a connection, or no nearer in time. */
  function stateChange(until: number): Promise<void> {
    return new Promise((resolve) => channel.watchConnectivityState(channel.getConnectivityState(true), until, () => resolve()))
  }

  async function untilReady(deadlineAt: number): Promise<void> {
    const until = Math.min(clock.now() + connectWithinMs, deadlineAt)
    while (stateNow() === 'connecting' && clock.now() < until) await stateChange(until)
  }

  /**
   * At the deadline the caller is told, and the stream is left to the provider, which knows the deadline, too. Cancelling
   * would send RST_STREAM, and a server that gets more than a thousand of them at once takes it for an attack and ends
   * the connection, with every other call on it. (Node, CVE-2023-44487; Netty likewise.)
   */
  function send({ path, body }: TripleRequest, metadata: Metadata, deadlineAt: number): Promise<Reply<Buffer>> {
    const remainingMs = deadlineAt - clock.now()
    metadata.set('grpc-timeout', `${Math.min(Math.ceil(remainingMs), maxTimeoutMs)}m`)
    callsUnderWay++
    return new Promise((resolve) => {
      let isSettled = false
      const settle = (reply: Reply<Buffer>): void => {
        if (isSettled) return
        isSettled = true
        callsUnderWay--
        cancelTimer()
        resolve(reply)
      }
      const cancelTimer = clock.after(remainingMs, () => settle({ kind: 'unknown', because: 'deadline' }))
      let outcome: GrpcError | Buffer | undefined
      const call = client.makeUnaryRequest(path, toBytes, sameBytes, body, metadata, (error, answer) => {
        outcome = error ?? answer
      })
      // Comes after the callback, and has the trailers.
      call.on('status', (end) => {
        settle(
          outcome instanceof Error ? replyOfError(outcome) : { kind: 'answered', value: outcome ?? Buffer.alloc(0), attachments: attachmentsOf(end.metadata) },
        )
      })
    })
  }

  return {
    get state() {
      return stateNow()
    },
    call: async ({ request, deadlineAt, attachments }) => {
      const metadata = metadataOf(attachments, { [headers.group]: request.group, [headers.version]: request.version, [headers.caller]: request.caller })
      // A call that waits inside the channel might be sent or not when its deadline passes: it waits here.
      await untilReady(deadlineAt)
      if (clock.now() >= deadlineAt) return { kind: 'not_processed', because: 'deadline' }
      if (stateNow() !== 'ready') return { kind: 'not_processed', because: isClosed ? 'leaving' : 'unreachable' }
      return send(request, metadata, deadlineAt)
    },
    close: () => {
      isClosed = true
      finish()
    },
  }

  /** What is under way is answered or overdue soon. */
  function finish(): void {
    if (callsUnderWay === 0) client.close()
    else clock.after(lookAgainMs, finish)
  }
}

const sameBytes = (bytes: Buffer): Buffer => bytes
const toBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** What grpc-js says when a call never left, or was refused before it began (REFUSED_STREAM). A test holds these words. */
const neverBegun = /^(No connection established|Stream refused by server|Channel closed before call started|Name resolution failed)/

/** And when a stream breaks without a status: the provider may have done it all. A test holds these words, too. */
const broken = /^(Received RST_STREAM|Bandwidth exhausted or memory limit exceeded$|Protocol not secure enough$)/

/** And when a provider says that all went well, but not with the one message that answers a call. */
const misanswered = /^(No message received|Too many responses received)$/

function replyOfError({ code, details, metadata }: GrpcError): Reply<Buffer> {
  const refused = headerOf(metadata, headers.notProcessed)
  if (refused !== undefined) return { kind: 'not_processed', because: 'overloaded' }
  const attachments: Attachments = attachmentsOf(metadata)
  switch (code) {
    case status.UNAVAILABLE:
      return neverBegun.test(details) ? { kind: 'not_processed', because: 'unreachable' } : { kind: 'unknown', because: 'connection' }
    case status.DEADLINE_EXCEEDED:
      return { kind: 'unknown', because: 'deadline' }
    case status.CANCELLED:
      return { kind: 'unknown', because: 'connection' }
    case status.UNIMPLEMENTED:
      // Of a method that it does not have, a provider says something else.
      return { kind: 'failed', error: { name: misanswered.test(details) ? 'INTERNAL' : 'UNIMPLEMENTED', message: details }, attachments }
    default:
      if (broken.test(details)) return { kind: 'unknown', because: 'connection' }
      return { kind: 'failed', error: { name: status[code], message: details }, attachments }
  }
}
