import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { InventoryServiceDefinition, ReserveOutcome } from '@suanpan/contracts/inventory'
import { startZooKeepers } from '@suanpan/dubbo/servers'
import { cpuMs, measureCalls, startProgram } from '@suanpan/dubbo/testing'
import { openDubboRpc } from '@suanpan/rpc-dubbo'
import { systemClock, systemRandom } from '@suanpan/runtime/time'

/**
 * How many calls a second between two processes on one machine, and what they cost, with batches of reservations of two
 * lines each that nobody works on: `npm run bench -w @suanpan/rpc-dubbo`. Needs JDK 17 and Maven for ZooKeeper.
 */
const clock = systemClock()
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const open = (application: string, zookeeper: readonly string[]) =>
  openDubboRpc({
    application,
    zookeeper,
    host: '127.0.0.1',
    clock,
    random: systemRandom,
    maxCalls: 1_000,
    onError: (method, error) => say(`${method}: ${String(error)}`),
  })
const reserving = { fullName: InventoryServiceDefinition.fullName, methods: { reserve: InventoryServiceDefinition.methods.reserve } }

async function provide(servers: string): Promise<void> {
  const dubbo = open('measured', servers.split(','))
  dubbo.rpc.provide(reserving, {
    reserve: async ({ reservations }) => ({ results: reservations.map(({ orderId }) => ({ orderId, outcome: ReserveOutcome.RESERVED })) }),
  })
  await dubbo.start()
  say('READY')
  const lines = createInterface(process.stdin)
  lines.on('line', () => say(`CPU ${cpuMs()}`))
  await once(lines, 'close')
  await dubbo.close()
}

const settings = [
  { batch: 1, inFlight: 32 },
  { batch: 10, inFlight: 8 },
  { batch: 100, inFlight: 4 },
] as const

async function main(): Promise<void> {
  const zookeepers = await startZooKeepers(4_640)
  const provider = startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), zookeepers.servers.join(',')])
  await provider.line('READY')
  const dubbo = open('measuring', zookeepers.servers)
  const { reserve } = dubbo.rpc.client(reserving)
  await dubbo.untilProvided(10_000)
  for (const { batch, inFlight } of settings) {
    const lines = ['sku-1001', 'sku-1002'].map((sku) => ({ sku, quantity: 1 }))
    const reservations = Array.from({ length: batch }, (_, index) => ({ orderId: `0192f0c1-aaaa-7000-8000-${String(index).padStart(12, '0')}`, lines }))
    const call = () => reserve({ reservations }, { deadlineAt: clock.now() + 10_000 })
    const { callsPerSecond, medianMs, providerMicros, consumerMicros } = await measureCalls({ provider, call, inFlight })
    const each = (providerMicros + consumerMicros) / batch
    say(
      `batches of ${batch}, ${inFlight} in flight: ${Math.round(callsPerSecond)} calls/s, ${Math.round(callsPerSecond * batch)} reservations/s, p50 ${medianMs.toFixed(2)} ms; ` +
        `processor time: provider ${providerMicros.toFixed(0)} µs a call, consumer ${consumerMicros.toFixed(0)} µs, together ${each.toFixed(1)} µs a reservation`,
    )
  }
  await dubbo.close()
  await provider.signal('SIGKILL')
  await zookeepers.stop()
}

const [, , servers] = process.argv
await (servers === undefined ? main() : provide(servers))
