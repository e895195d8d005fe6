import type { TokenSource } from '@suanpan/edge'
import { keepFirst } from '@suanpan/runtime/files'
import { makeFolder, unusableFolder, type FolderWords } from '@suanpan/runtime/folder'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Random } from '@suanpan/runtime/time'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Configuration } from './configuration.ts'

/** The folder of `DATA_DIR`, in words. */
export const dataFolder: FolderWords = { what: 'data folder', setting: 'DATA_DIR' }

/** Which tokens open a shop: those that a demo signs itself, with this secret, or those of whoever its configuration names. */
export type Tokens = { readonly kind: 'demo'; readonly secret: string } | TokenSource

/** Throws `StartRefused` for a data folder that does not give the secret of demo tokens. */
export function tokensOf({ identity, dataDir }: Configuration, random: Random): Tokens {
  return identity.kind === 'demo' ? { kind: 'demo', secret: demoTokenSecret(dataDir, random) } : identity
}

/** Made at the first start, and kept, so that tokens outlive a restart. All processes of one data folder have it. */
function demoTokenSecret(folder: string, random: Random): string {
  const file = join(folder, 'demo-token-secret')
  try {
    makeFolder(folder)
    if (!existsSync(file)) keepFirst(file, newSecret(random))
    const secret = readFileSync(file, 'utf8')
    if (secret.length < 32) throw new StartRefused(`${file} is cut short. Delete it: a new one is made, and demo tokens have to be fetched anew.`)
    return secret
  } catch (error) {
    throw error instanceof StartRefused ? error : unusableFolder(folder, dataFolder, error)
  }
}

/** 288 random bits: a number has 48 of them, twelve digits. */
function newSecret(random: Random): string {
  const part = () =>
    Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0')
  return Array.from({ length: 6 }, part).join('')
}
