import type { Clock } from '@suanpan/runtime/time'

/** Failures counted by source, so that a flood of forgeries costs little. */
export interface FailureLimit {
  /** Whether this source has failed so often in this second that nothing large of it is to be read. */
  isExhausted(address: string): boolean
  /** True: the first failure of all sources in this second, worth a line in the log. */
  failed(address: string): boolean
}

export interface FailureLimitOptions {
  readonly clock: Clock
  readonly failuresPerSecond: number
  /** Sources remembered at a time; those beyond are let through: so many at once are no longer a matter of sources. */
  readonly maxSources: number
}

const windowMs = 1_000

/**
 * A count for each source and second, and nothing else. The second is so short on purpose: an attacker may share the
 * address of a genuine platform, behind a proxy, and must not be able to hamper it for longer.
 */
export function createFailureLimit({ clock, failuresPerSecond, maxSources }: FailureLimitOptions): FailureLimit {
  let failures = new Map<string, number>()
  let windowEndsAt = 0

  function current(): Map<string, number> {
    const now = clock.now()
    // A clock that was set back does not stretch the second.
    if (now >= windowEndsAt || windowEndsAt - now > windowMs) {
      failures = new Map()
      windowEndsAt = now + windowMs
    }
    return failures
  }

  return {
    isExhausted: (address) => (current().get(sourceOf(address)) ?? 0) >= failuresPerSecond,
    failed: (address) => {
      const counts = current()
      const isFirst = counts.size === 0
      const source = sourceOf(address)
      if (counts.has(source) || counts.size < maxSources) counts.set(source, (counts.get(source) ?? 0) + 1)
      return isFirst
    },
  }
}

/** Whoever has an IPv6 network has 2^64 addresses: all of them are one source. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:')) return address.slice(7)
  const [head = '', tail = ''] = address.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':')
}
