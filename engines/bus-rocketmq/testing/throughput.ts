/**
 * Messages a second through the bus, published and handled by this one process: `throughput.ts [MESSAGES] [BATCH] [LANES]`,
 * the last being how many batches are published at a time. Prints processor time per message, too.
 */
import { letter, publish, publisher } from '@suanpan/runtime/bus/testing'
import { startCluster } from './cluster.ts'

const [messages = 50_000, size = 100, lanes = 4] = process.argv.slice(2).map(Number)
/** As an order's message has. */
const body = new Uint8Array(300)

const cluster = await startCluster(21_060, 1, ['reader'])
const { bus, store, marks } = await cluster.open(await cluster.install())
let handled = 0
let calls = 0
const all = Promise.withResolvers<void>()
const warmUp = Math.ceil(messages / 10)
bus.subscribe({
  group: 'reader',
  topics: [letter('any').topic],
  publisher,
  maxBatch: 256,
  handle: async (batch) => {
    handled += batch.length
    calls++
    if (handled >= messages) all.resolve()
    return batch.map(() => ({ kind: 'done' }))
  },
})
await bus.start()

let next = 0
async function publishOn(until: number): Promise<void> {
  while (next < until) {
    const first = next
    next += size
    await publish(bus, store, ...Array.from({ length: size }, (_, index) => letter(`key-${first + index}`, { body })))
  }
}
const publishAll = (until: number) => Promise.all(Array.from({ length: lanes }, () => publishOn(until)))

await publishAll(warmUp)
const [begunAt, begunCpu, begunWith, begunCalls] = [Date.now(), process.cpuUsage(), handled, calls]
await publishAll(messages)
const publishedMs = Date.now() - begunAt
await all.promise
const tookMs = Date.now() - begunAt
const { user, system } = process.cpuUsage(begunCpu)
const count = handled - begunWith
const figures = {
  messages: count,
  publishedPerSecond: Math.round((1_000 * (messages - warmUp)) / publishedMs),
  handledPerSecond: Math.round((1_000 * count) / tookMs),
  cpuMicrosPerMessage: Math.round((user + system) / count),
  messagesPerCall: Math.round(count / (calls - begunCalls)),
  marks: Object.fromEntries(marks.counts),
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
await cluster.stop()
