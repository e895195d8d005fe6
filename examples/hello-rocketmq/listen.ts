/** Prints what is sent to the topic `hello`: each message once among all listeners of its group. */
import { openRocketMq, textOf } from '@suanpan/rocketmq'

const rocketmq = openRocketMq({ endpoint: process.env['ROCKETMQ_ENDPOINT'] ?? '127.0.0.1:8081' })
const { ready } = rocketmq.listen({
  topic: 'hello',
  group: 'hello_typescript',
  handle: async ({ body }) => {
    process.stdout.write(`${textOf(body)}\n`)
    return 'done'
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void rocketmq.close(1_000))
await ready
process.stdout.write('listening; Ctrl-C ends\n')
