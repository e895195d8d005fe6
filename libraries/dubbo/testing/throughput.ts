import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { createConsumer, createProvider, fixedRegistry, type Reply } from '../index.ts'
import { GreeterDefinition, greeterImplementation, plainGreeter, plainGreeterImplementation } from './greeter.ts'
import { startProgram, type Program } from './process.ts'

/** How many small calls a second between two processes on one machine, and what they cost: `npm run bench -w @suanpan/dubbo`. */
const clock = systemClock()
const inFlight = 32
const warmUpMs = 2_000
const measureMs = 5_000
const rounds = 3
const say = (line: string): void => void process.stdout.write(`${line}\n`)
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

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

async function providerCpuMs(provider: Program): Promise<number> {
  provider.say('cpu')
  return Number((await provider.line('CPU')).split(' ')[1])
}

interface Round {
  readonly callsPerSecond: number
  readonly medianMs: number
  readonly providerMicros: number
  readonly consumerMicros: number
}

async function run(call: () => Promise<Reply<unknown>>, forMs: number): Promise<number[]> {
  const took: number[] = []
  const until = performance.now() + forMs
  const worker = async (): Promise<void> => {
    for (let began = performance.now(); began < until; began = performance.now()) {
      const { kind } = await call()
      if (kind !== 'answered') throw new Error(`a call was ${kind}`)
      took.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return took
}

async function measure(provider: Program, call: () => Promise<Reply<unknown>>): Promise<Round> {
  await run(call, warmUpMs)
  const before = { provider: await providerCpuMs(provider), consumer: cpuMs() }
  const took = (await run(call, measureMs)).toSorted((a, b) => a - b)
  const after = { provider: await providerCpuMs(provider), consumer: cpuMs() }
  return {
    callsPerSecond: took.length / (measureMs / 1_000),
    medianMs: took[Math.floor(took.length / 2)] ?? 0,
    providerMicros: ((after.provider - before.provider) * 1_000) / took.length,
    consumerMicros: ((after.consumer - before.consumer) * 1_000) / took.length,
  }
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
  say(`${inFlight} in flight, one connection; median of ${rounds} rounds by calls a second`)
  for (const [name, call] of protocols) {
    const results: Round[] = []
    for (let round = 0; round < rounds; round++) results.push(await measure(provider, call))
    const median = results.toSorted((a, b) => a.callsPerSecond - b.callsPerSecond)[Math.floor(rounds / 2)]
    if (median === undefined) continue
    const { callsPerSecond, medianMs, providerMicros, consumerMicros } = median
    const cost = `processor time per call: provider ${providerMicros.toFixed(0)} µs, consumer ${consumerMicros.toFixed(0)} µs`
    say(`${name.padEnd(9)} ${Math.round(callsPerSecond)} calls/s, p50 ${medianMs.toFixed(2)} ms, ${cost}`)
  }
  consumer.close()
  await provider.signal('SIGKILL')
}

await (process.argv[2] === 'provider' ? provide() : main())
