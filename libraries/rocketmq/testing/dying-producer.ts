/** Sends a half message and dies before it tells what became of it: `dying-producer.ts ENDPOINT TOPIC KEY`. */
import { openRocketMq } from '../index.ts'

const [, , endpoint = '', topic = '', key = ''] = process.argv
const rocketmq = openRocketMq({ endpoint })
rocketmq.checkTransactions(topic, async () => 'unknown')
await rocketmq.sendHalf(topic, 'half', { key })
process.kill(process.pid, 'SIGKILL')
