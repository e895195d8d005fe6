import type { Clock } from '@suanpan/runtime/time'

export interface Download {
  readonly url: string
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** A bill of a million trades is about 30 MB packed. */
export const maxPackedBytes = 64 * 1024 * 1024
export const maxBillBytes = 256 * 1024 * 1024

/**
 * The address to fetch a file from, as given in an answer: only where the answer came from, or a host that the platform
 * is known to use, so that nobody can make this server fetch something else. Undefined: it must not be fetched.
 */
export function downloadAddress(given: string, gateway: string, knownHosts: readonly string[]): URL | undefined {
  if (!URL.canParse(given)) return undefined
  const url = new URL(given)
  if (url.username !== '' || url.password !== '') return undefined
  if (url.origin === new URL(gateway).origin) return url
  if (!knownHosts.includes(url.host) || !/^https?:$/.test(url.protocol)) return undefined
  // The platform's own examples say http.
  url.protocol = 'https:'
  return url
}

/** The bytes behind `url`. Rejects on any status but 200, on a redirect, when it takes too long, and when it is too large. */
export async function download({ url, clock, timeoutMs, maxBytes }: Download): Promise<Buffer> {
  const abort = new AbortController()
  const cancel = clock.after(timeoutMs, () => abort.abort())
  try {
    const response = await fetch(url, { redirect: 'error', signal: abort.signal })
    if (response.status !== 200 || response.body === null) throw new Error('the download was refused')
    const chunks: Uint8Array[] = []
    let bytes = 0
    const body: AsyncIterable<Uint8Array> = response.body
    for await (const chunk of body) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw new Error('the download is too large')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    cancel()
    abort.abort()
  }
}
