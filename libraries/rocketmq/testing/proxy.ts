import {
  Server,
  ServerCredentials,
  status as grpcStatus,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js'
import durations from 'google-protobuf/google/protobuf/duration_pb.js'
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js'
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js'
import messages from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js'

const {
  Broker,
  Code,
  Digest,
  DigestType,
  Encoding,
  Endpoints,
  ExponentialBackoff,
  Message,
  MessageQueue,
  MessageType,
  Permission,
  Resource,
  RetryPolicy,
  Status,
  SystemProperties,
} = definitions
const { Duration } = durations

export interface Delivery {
  readonly key: string
  /** Of ordered messages. */
  readonly group?: string
  readonly attempt?: number
  readonly properties?: Readonly<Record<string, string>>
}

/**
 * A proxy that keeps nothing, for what the client does: it answers as told here, and writes down what it was asked. It
 * stands in for faults and moments that a real proxy does not have on demand; whatever the library promises is tested
 * against real servers.
 */
export interface ProxyBehaviour {
  /** Queues of each topic; by default one, of a master at this proxy. */
  queues?: { readonly port: number; readonly brokerId: number }[]
  /** How long a route is looked for. */
  routeDelayMs?: (topic: string) => number
  isOrdered?: boolean
  /** An exponential retry policy of so many seconds; the customized one of the real groups otherwise. */
  backOffSeconds?: number
  /** Sends that fail first, as if the proxy were away. */
  failingSends?: number
  /** What is wrong with every recall. */
  recallTrouble?: string
  /** A telemetry stream that the client has ended stays open. */
  keepsStreams?: boolean
  /** Messages that consumers get, once. */
  deliveries?: readonly Delivery[]
}

export interface Proxy {
  readonly port: number
  readonly endpoint: string
  readonly behaviour: ProxyBehaviour
  /** Topics that producers announced, in order. */
  readonly announced: string[]
  readonly sent: string[]
  readonly commits: number
  readonly receives: number
  readonly pollSeconds: number
  readonly telemetryStreams: number
  /** What became of deliveries: acknowledged, given back for so many ms, or buried. */
  readonly settled: ({ readonly key: string } & ({ readonly as: 'done' | 'dead' } | { readonly as: 'again'; readonly afterMs: number }))[]
  /** Lets what is open come to its end, but not for long. */
  stop(): Promise<void>
  /** Breaks all that is open, and takes nothing more. */
  kill(): void
}

/** Shorter than any real one. */
const emptyPollMs = 1_000
const endWithinMs = 2_000
const ok = () => new Status().setCode(Code.OK)

export async function startProxy(behaviour: ProxyBehaviour = {}, atPort = 0): Promise<Proxy> {
  const server = new Server()
  const streams = new Set<ServerDuplexStream<InstanceType<typeof messages.TelemetryCommand>, InstanceType<typeof messages.TelemetryCommand>>>()
  const seen = {
    announced: [] as string[],
    sent: [] as string[],
    commits: 0,
    receives: 0,
    pollSeconds: 0,
    telemetryStreams: 0,
    settled: [] as Proxy['settled'],
  }
  const waiting = [...(behaviour.deliveries ?? [])]
  let port = 0

  const endpointsOf = (at: number) => {
    const endpoints = new Endpoints().setScheme(definitions.AddressScheme.IPV4)
    endpoints.addAddresses().setHost('127.0.0.1').setPort(at)
    return endpoints
  }
  const queueOf = (topic: string, { port: at, brokerId }: { readonly port: number; readonly brokerId: number }) =>
    new MessageQueue()
      .setTopic(new Resource().setName(topic))
      .setPermission(Permission.READ_WRITE)
      .setAcceptMessageTypesList([MessageType.NORMAL, MessageType.FIFO, MessageType.DELAY, MessageType.TRANSACTION])
      .setBroker(new Broker().setName(`broker-${brokerId}-${at}`).setId(brokerId).setEndpoints(endpointsOf(at)))
  const queuesOf = (topic: string) => (behaviour.queues ?? [{ port, brokerId: 0 }]).map((queue) => queueOf(topic, queue))

  function answerSettings(command: InstanceType<typeof messages.TelemetryCommand>): InstanceType<typeof messages.TelemetryCommand> | undefined {
    const settings = command.getSettings()
    if (settings === undefined) return undefined
    seen.announced.push(
      ...(settings
        .getPublishing()
        ?.getTopicsList()
        .map((topic) => topic.getName()) ?? []),
    )
    settings.getPublishing()?.setMaxBodySize(4_194_304).setValidateMessageType(true)
    settings
      .getSubscription()
      ?.setFifo(behaviour.isOrdered === true)
      .setReceiveBatchSize(32)
      .setLongPollingTimeout(new Duration().setSeconds(20))
    const { backOffSeconds } = behaviour
    const policy = new RetryPolicy().setMaxAttempts(17)
    const exponential = () =>
      new ExponentialBackoff()
        .setInitial(new Duration().setSeconds(backOffSeconds ?? 0))
        .setMax(new Duration().setSeconds(100))
        .setMultiplier(1)
    // Producers expect an exponential policy; groups of a real broker have the customized one.
    if (settings.hasPublishing() || backOffSeconds !== undefined) policy.setExponentialBackoff(exponential())
    else policy.setCustomizedBackoff(new definitions.CustomizedBackoff().setNextList([new Duration().setSeconds(1)]))
    settings.setBackoffPolicy(policy)
    return new messages.TelemetryCommand().setStatus(ok()).setSettings(settings)
  }

  function delivered({ key, group, attempt, properties: own }: Delivery) {
    const properties = new SystemProperties()
      .setMessageId(key)
      .setReceiptHandle(key)
      .setKeysList([key])
      .setDeliveryAttempt(attempt ?? 1)
      .setBodyEncoding(Encoding.IDENTITY)
      .setBodyDigest(new Digest().setType(DigestType.DIGEST_TYPE_UNSPECIFIED))
    if (group !== undefined) properties.setMessageGroup(group)
    const message = new Message().setTopic(new Resource().setName('topic')).setBody(Buffer.from(key)).setSystemProperties(properties)
    for (const [name, value] of Object.entries(own ?? {})) message.getUserPropertiesMap().set(name, value)
    return new messages.ReceiveMessageResponse().setMessage(message)
  }

  type Answering<Q, A> = (call: ServerUnaryCall<Q, A>, answer: sendUnaryData<A>) => void
  const unary =
    <Q, A>(answerTo: (request: Q) => A): Answering<Q, A> =>
    (call, answer) =>
      answer(null, answerTo(call.request))
  type M = typeof messages

  server.addService(services.MessagingServiceService, {
    queryRoute: (call: ServerUnaryCall<InstanceType<M['QueryRouteRequest']>, unknown>, answer: sendUnaryData<unknown>) => {
      const topic = call.request.getTopic()?.getName() ?? ''
      setTimeout(
        () => answer(null, new messages.QueryRouteResponse().setStatus(ok()).setMessageQueuesList(queuesOf(topic))),
        behaviour.routeDelayMs?.(topic) ?? 0,
      )
    },
    telemetry: (stream: ServerDuplexStream<InstanceType<M['TelemetryCommand']>, InstanceType<M['TelemetryCommand']>>) => {
      seen.telemetryStreams++
      streams.add(stream)
      stream.on('data', (command: InstanceType<M['TelemetryCommand']>) => {
        const answer = answerSettings(command)
        if (answer !== undefined) stream.write(answer)
      })
      stream.on('error', () => streams.delete(stream))
      stream.on('end', () => {
        if (behaviour.keepsStreams === true) return
        streams.delete(stream)
        stream.end()
      })
    },
    heartbeat: unary(() => new messages.HeartbeatResponse().setStatus(ok())),
    notifyClientTermination: unary(() => new messages.NotifyClientTerminationResponse().setStatus(ok())),
    queryAssignment: unary((request: InstanceType<M['QueryAssignmentRequest']>) =>
      new messages.QueryAssignmentResponse()
        .setStatus(ok())
        .setAssignmentsList(queuesOf(request.getTopic()?.getName() ?? '').map((queue) => new definitions.Assignment().setMessageQueue(queue))),
    ),
    receiveMessage: (stream: ServerWritableStream<InstanceType<M['ReceiveMessageRequest']>, InstanceType<M['ReceiveMessageResponse']>>) => {
      seen.receives++
      seen.pollSeconds = stream.request.getLongPollingTimeout()?.getSeconds() ?? 0
      stream.write(new messages.ReceiveMessageResponse().setStatus(ok()))
      const batch = waiting.splice(0, 1_000)
      for (const message of batch) stream.write(delivered(message))
      setTimeout(() => stream.end(), batch.length > 0 ? 0 : emptyPollMs)
    },
    ackMessage: unary((request: InstanceType<M['AckMessageRequest']>) => {
      seen.settled.push({ key: request.getEntriesList()[0]?.getMessageId() ?? '', as: 'done' })
      return new messages.AckMessageResponse().setStatus(ok())
    }),
    changeInvisibleDuration: unary((request: InstanceType<M['ChangeInvisibleDurationRequest']>) => {
      const duration = request.getInvisibleDuration()
      seen.settled.push({ key: request.getMessageId(), as: 'again', afterMs: (duration?.getSeconds() ?? 0) * 1_000 + (duration?.getNanos() ?? 0) / 1e6 })
      return new messages.ChangeInvisibleDurationResponse().setStatus(ok())
    }),
    forwardMessageToDeadLetterQueue: unary((request: InstanceType<M['ForwardMessageToDeadLetterQueueRequest']>) => {
      seen.settled.push({ key: request.getMessageId(), as: 'dead' })
      return new messages.ForwardMessageToDeadLetterQueueResponse().setStatus(ok())
    }),
    sendMessage: (call: ServerUnaryCall<InstanceType<M['SendMessageRequest']>, unknown>, answer: sendUnaryData<unknown>) => {
      if ((behaviour.failingSends ?? 0) > 0) {
        behaviour.failingSends = (behaviour.failingSends ?? 0) - 1
        answer({ code: grpcStatus.UNAVAILABLE, details: 'away' })
        return
      }
      const [message] = call.request.getMessagesList()
      seen.sent.push(message?.getSystemProperties()?.getKeysList()[0] ?? '')
      const entry = new messages.SendResultEntry().setStatus(ok()).setMessageId('id').setTransactionId('transaction')
      answer(null, new messages.SendMessageResponse().setStatus(ok()).setEntriesList([entry]))
    },
    recallMessage: unary(() => {
      const status = new Status().setCode(Code.INTERNAL_SERVER_ERROR).setMessage(behaviour.recallTrouble ?? '')
      return new messages.RecallMessageResponse().setStatus(status)
    }),
    endTransaction: unary(() => {
      seen.commits++
      return new messages.EndTransactionResponse().setStatus(ok())
    }),
  })
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${atPort}`, ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  return Object.assign(seen, {
    port,
    endpoint: `127.0.0.1:${port}`,
    behaviour,
    stop: () =>
      new Promise<void>((resolve) => {
        const forcing = setTimeout(() => server.forceShutdown(), endWithinMs)
        server.tryShutdown(() => {
          clearTimeout(forcing)
          resolve()
        })
      }),
    kill: () => {
      for (const stream of streams) stream.destroy()
      server.forceShutdown()
    },
  })
}
