import { reasonOf } from '@suanpan/runtime/reason'
import { StartRefused } from '@suanpan/runtime/settings'
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a draft of `file` beside it. What takes a file's place is complete on disk first: after a crash the file is there in whole or not at all. */
export function writeDraft(file: string, text: string, mode = 0o666): string {
  const draft = `${file}.${process.pid}`
  const handle = openSync(draft, 'w', mode)
  writeFileSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
  return draft
}

/** With its parents. Not `recursive`: that never ends where a parent takes no folders and says so with ENOENT, as /proc does. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process that starts at the same time was faster.
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  }
}

/** Of several processes that start at once, all keep what the first one wrote. */
export function keepFirst(file: string, text: string): void {
  const draft = writeDraft(file, text, 0o600)
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}

export function unusableFolder(folder: string, error: unknown): StartRefused {
  const because = reasonOf(error)
  return new StartRefused(`The data folder ${folder} cannot be used: ${because}. See that this user may write there, or name another DATA_DIR.`)
}
