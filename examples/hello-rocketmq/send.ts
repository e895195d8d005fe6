/** `npm run send -- world` sends `hello world` to the topic `hello`. */
import { openRocketMq } from '@suanpan/rocketmq'

const [, , name = 'world'] = process.argv
const rocketmq = openRocketMq({ endpoint: process.env['ROCKETMQ_ENDPOINT'] ?? '127.0.0.1:8081' })
const { messageId } = await rocketmq.send('hello:greeting', `hello ${name}`)
process.stdout.write(`sent as ${messageId}\n`)
await rocketmq.close()
