import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** What takes a file's place is complete on disk first: after a crash it is there in whole, or as it was. */
export function writeWhole(file: string, text: string, mode?: number): void {
  renameSync(writeDraft(file, text, mode), file)
}

/** Of several processes that start at once, all keep what the first one wrote. For this user only. */
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

function writeDraft(file: string, text: string, mode = 0o666): string {
  const draft = `${file}.${process.pid}`
  const handle = openSync(draft, 'w', mode)
  writeFileSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
  return draft
}
