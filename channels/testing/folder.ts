import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/** A folder for the time of the tests; the function writes a file in it, and answers its path. */
export function testFolder(): (name: string, text: string, mode?: number) => string {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-channels-'))
  after(() => rmSync(folder, { recursive: true }))
  return (name, text, mode = 0o600) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
}
