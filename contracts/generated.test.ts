import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const contractsFolder = fileURLToPath(new URL('.', import.meta.url))

function buf(...parameters: string[]): void {
  const { status, stdout, stderr } = spawnSync('npx', ['buf', ...parameters], { cwd: contractsFolder, encoding: 'utf8' })
  assert.equal(status, 0, `buf ${parameters.join(' ')}\n${stdout}${stderr}`)
}

function filesUnder(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length), readFileSync(path, 'utf8')]
    }),
  )
}

test('the contracts pass the lint of buf', () => buf('lint'))

test('the generated TypeScript is what the .proto files say (npm run contracts)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-contracts-'))
  try {
    buf('generate', '--output', folder)
    assert.deepEqual(filesUnder(join(folder, 'generated')), filesUnder(join(contractsFolder, 'generated')))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
