// The client does not export the protocol's numbers itself, and as CommonJS it has them on its default export only.
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js'

export const { Code, FilterType, MessageType, TransactionResolution } = definitions
