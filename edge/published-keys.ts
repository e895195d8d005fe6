import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** The provider is asked for its keys again after this long: until then, one that it has withdrawn is believed. */
const freshForMs = 5 * 60_000

/** While the provider does not answer, the keys that it published last go on for so long. */
const usableForMs = 60 * 60_000

/** One that has not answered, or has not had a key, is left in peace for so long, as long as there are keys to go on with. */
const askAgainAfterMs = 30_000

/**
 * The keys that an identity provider publishes, kept for a while. Rejects with what is wrong with the token, or, where no key
 * can be told, with what was wrong with the way to the provider.
 */
export function publishedKeys(url: string, clock: Clock, log: Log): JWTVerifyGetKey {
  // It fetches and finds; how long what it fetched is good for is decided here, by one clock.
  const keys = createRemoteJWKSet(new URL(url), { cacheMaxAge: Infinity, cooldownDuration: Infinity })
  let fetchedAt = -Infinity
  let askedAt = -Infinity
  let asking: Promise<void> | undefined
  let isAnswered = false
  /** Of the last question that was not answered. */
  let failure: unknown

  /** A clock may be put back: what then lies ahead is as old as it is far. */
  const since = (at: number): number => Math.abs(clock.now() - at)
  const isUsable = () => since(fetchedAt) < usableForMs

  async function ask(): Promise<void> {
    const now = clock.now()
    askedAt = now
    try {
      await keys.reload()
      fetchedAt = now
      isAnswered = true
    } catch (error) {
      isAnswered = false
      failure = error
      log.warn({ error, isUsable: isUsable() }, 'the identity provider does not tell its keys; those that it told within the last hour go on')
    }
  }

  /** Asks, or waits for who has asked; does neither if the last question is too recent. */
  async function refresh(): Promise<void> {
    const isPausing = isUsable() && since(askedAt) < askAgainAfterMs
    if (asking === undefined && isPausing) return
    asking ??= ask().finally(() => (asking = undefined))
    await asking
  }

  return async (header, token) => {
    if (since(fetchedAt) >= freshForMs) await refresh()
    if (!isUsable()) throw failure
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await refresh()
      // It may be a new key, which nobody tells us now.
      if (!isAnswered) throw failure
      return keys(header, token)
    }
  }
}
