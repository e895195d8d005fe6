/** Reads one group and dies over its first message: `dying-consumer.ts ENDPOINT PREFIX DATABASE`. */
import { mailbox } from '@suanpan/runtime/bus/testing'
import { openProcess } from './cluster.ts'

const [, , endpoint = '', prefix = '', connectionString = ''] = process.argv

const { bus } = await openProcess(endpoint, { prefix, connectionString })
bus.subscribe({
  ...mailbox('reader').subscription,
  handle: () => {
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  },
})
await bus.start()
process.stdout.write('reading\n')
