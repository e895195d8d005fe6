import type { ProviderUrl } from '../registry/url.ts'

const defaultWeight = 100
const defaultWarmupMs = 600_000

/**
 * How much of the traffic a provider shall get, against the others. A young one starts at 1 and reaches its weight over
 * ten minutes, as in Java: caches and compilers are cold. Who does not tell when it started counts as warm.
 */
export function weightOf({ parameters }: ProviderUrl, now: number): number {
  const weight = numberOf(parameters['weight'], defaultWeight)
  const warmupMs = numberOf(parameters['warmup'], defaultWarmupMs)
  const startedAt = numberOf(parameters['timestamp'], 0)
  // The provider's clock may be ahead of ours.
  const uptimeMs = Math.max(0, now - startedAt)
  if (weight <= 0 || startedAt === 0 || uptimeMs >= warmupMs) return Math.max(0, weight)
  return Math.max(1, Math.floor((weight * uptimeMs) / warmupMs))
}

function numberOf(text: string | undefined, otherwise: number): number {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) ? otherwise : value
}
