import { reasonOf } from '@suanpan/runtime/reason'
import type { Random } from '@suanpan/runtime/time'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepFirst, makeFolder } from './files.ts'
import { StartRefused } from './settings.ts'

/** The secret of demo tokens: made at the first start, and kept, so that tokens outlive a restart. All processes of one data folder have it. */
export function demoTokenSecret(folder: string, random: Random): string {
  const file = join(folder, 'demo-token-secret')
  try {
    makeFolder(folder)
    if (!existsSync(file)) keepFirst(file, newSecret(random))
    const secret = readFileSync(file, 'utf8')
    if (secret.length < 32) throw new StartRefused(`${file} is cut short. Delete it: a new one is made, and demo tokens have to be fetched anew.`)
    return secret
  } catch (error) {
    throw error instanceof StartRefused ? error : unusableFolder(folder, error)
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

export function unusableFolder(folder: string, error: unknown): StartRefused {
  const because = reasonOf(error)
  return new StartRefused(`The data folder ${folder} cannot be used: ${because}. See that this user may write there, or name another DATA_DIR.`)
}
