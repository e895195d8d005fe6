import type { Program } from './process.ts'

/** What a call costs between two processes. */
export interface Round {
  readonly callsPerSecond: number
  readonly medianMs: number
  /** Processor time per call. */
  readonly providerMicros: number
  readonly consumerMicros: number
}

export interface MeasureOptions {
  /** It answers the line `cpu` with `CPU n`, its processor time so far in milliseconds. */
  readonly provider: Program
  readonly call: () => Promise<{ readonly kind: string }>
  readonly inFlight: number
}

const warmUpMs = 2_000
const measureMs = 5_000
const rounds = 3

/** Of this process so far. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

async function providerCpuMs(provider: Program): Promise<number> {
  provider.say('cpu')
  return Number((await provider.line('CPU')).split(' ')[1])
}

async function run({ call, inFlight }: MeasureOptions, forMs: number): Promise<number[]> {
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

async function measureOnce(options: MeasureOptions): Promise<Round> {
  await run(options, warmUpMs)
  const before = { provider: await providerCpuMs(options.provider), consumer: cpuMs() }
  const took = (await run(options, measureMs)).toSorted((a, b) => a - b)
  const after = { provider: await providerCpuMs(options.provider), consumer: cpuMs() }
  return {
    callsPerSecond: took.length / (measureMs / 1_000),
    medianMs: took[Math.floor(took.length / 2)] ?? 0,
    providerMicros: ((after.provider - before.provider) * 1_000) / took.length,
    consumerMicros: ((after.consumer - before.consumer) * 1_000) / took.length,
  }
}

/** The median of three rounds by calls a second. */
export async function measureCalls(options: MeasureOptions): Promise<Round> {
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) results.push(await measureOnce(options))
  const median = results.toSorted((a, b) => a.callsPerSecond - b.callsPerSecond)[Math.floor(rounds / 2)]
  if (median === undefined) throw new Error('nothing was measured')
  return median
}
