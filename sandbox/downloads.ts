import type { SandboxContext } from './context.ts'
import { randomText } from './random-text.ts'

/** Files that can be fetched for a while by whoever knows their address. */
export interface Downloads<File> {
  /** The token that the address ends in. */
  offer(file: File): string
  /** Undefined: there never was such a file, or its time is over. */
  find(token: string): File | undefined
}

/** Tokens live by the platforms' clock, and in memory: like the real ones they are worth nothing a little later. */
export function createDownloads<File>({ ledger, random }: Pick<SandboxContext, 'ledger' | 'random'>, lifeMs: number): Downloads<File> {
  const offered = new Map<string, { readonly file: File; readonly usableUntil: number }>()
  return {
    offer: (file) => {
      for (const [token, { usableUntil }] of offered) if (usableUntil <= ledger.now()) offered.delete(token)
      const token = randomText(random, 32)
      offered.set(token, { file, usableUntil: ledger.now() + lifeMs })
      return token
    },
    find: (token) => {
      const found = offered.get(token)
      return found !== undefined && found.usableUntil > ledger.now() ? found.file : undefined
    },
  }
}
