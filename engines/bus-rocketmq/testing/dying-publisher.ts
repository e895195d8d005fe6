/**
 * Publishes one message and dies on the way: `dying-publisher.ts ENDPOINT PREFIX DATABASE KEY WHEN`, where WHEN is
 * `in_transaction` (the half message is stored, nothing is committed) or `committed` (and the broker has not been told).
 */
import { letter } from '@suanpan/runtime/bus/testing'
import { openProcess } from './cluster.ts'

const [, , endpoint = '', prefix = '', connectionString = '', key = '', when = ''] = process.argv

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

const { bus, store } = await openProcess(endpoint, { prefix, connectionString }, { insteadOfCommit: die })
await bus.start()
const said = letter(key)
await bus.publishIff(store, [said], async () => {
  if (when === 'in_transaction') await die()
  return { result: undefined, accepted: [said] }
})
