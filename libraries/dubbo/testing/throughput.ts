import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { createConsumer, createProvider, fixedRegistry } from '../index.ts'
import { GreeterDefinition, greeterImplementation, plainGreeter, plainGreeterImplementation } from './greeter.ts'
import { cpuMs, measureCalls } from './measure.ts'
import { startProgram } from './process.ts'

/** How many small calls a second between two processes on one machine, and what they cost: `npm run bench -w @suanpan/dubbo`. */
const clock = systemClock()
const inFlight = 32
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function provide(): Promise<void> {
  const provider = await createProvider({ application: 'measured', registry: fixedRegistry([]), clock, triplePort: 0, classicPort: 0, listenOn: '127.0.0.1' })
    .triple(GreeterDefinition, greeterImplementation('measured'))
    .plain(plainGreeter, plainGreeterImplementation('measured'))
    .start()
  say(`READY ${provider.services.map(({ protocol, port }) => `${protocol}://127.0.0.1:${port}/`).join(' ')}`)
  const lines = createInterface(process.stdin)
  lines.on('line', () => say(`CPU ${cpuMs()}`))
  await once(lines, 'close')
  await provider.close(0)
}

async function main(): Promise<void> {
  const provider = startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), 'provider'])
  const [, ...urls] = (await provider.line('READY')).split(' ')
  const consumer = createConsumer({ application: 'measuring', registry: fixedRegistry(urls), clock, random: systemRandom })
  const triple = consumer.triple(GreeterDefinition, { timeoutMs: 10_000 }).calls
  const plain = consumer.plain(plainGreeter, { timeoutMs: 10_000 }).calls
  const protocols = [
    ['Triple', () => triple.greet({ name: 'world', number: 1, blob: Buffer.alloc(0), delayMs: 0 })],
    ['dubbo://', () => plain.greet(['world'])],
  ] as const
  say(`${inFlight} in flight, one connection`)
  for (const [name, call] of protocols) {
    const { callsPerSecond, medianMs, providerMicros, consumerMicros } = await measureCalls({ provider, call, inFlight })
    const cost = `processor time per call: provider ${providerMicros.toFixed(0)} µs, consumer ${consumerMicros.toFixed(0)} µs`
    say(`${name.padEnd(9)} ${Math.round(callsPerSecond)} calls/s, p50 ${medianMs.toFixed(2)} ms, ${cost}`)
  }
  consumer.close()
  await provider.signal('SIGKILL')
}

await (process.argv[2] === 'provider' ? provide() : main())
