import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Mutation } from './mutation.ts'
import { mutations } from './mutations.ts'

const mutant = fileURLToPath(new URL('./mutant.ts', import.meta.url))
const run = promisify(execFile)

async function noticedBy({ name }: Mutation): Promise<{ seed: number; fault: string } | null> {
  const { stdout } = await run(process.execPath, [mutant, name])
  return JSON.parse(stdout) as { seed: number; fault: string } | null
}

test('every guard stands where the mutation check looks for it', () => {
  for (const { name, file, find } of mutations) {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
    assert.equal(source.split(find).length - 1, 1, `${name}: its text stands in ${file} not exactly once`)
  }
})

test('taking any one guard away is noticed', { concurrency: 2 }, async (context) => {
  const checks = mutations.map((mutation) =>
    context.test(mutation.name, async (each) => {
      const noticed = await noticedBy(mutation)
      assert.ok(noticed !== null, 'no seed noticed that it is gone')
      if (noticed.seed !== (mutation.firstSeed ?? 1)) each.diagnostic(`its firstSeed is ${noticed.seed} by now`)
    }),
  )
  await Promise.all(checks)
})
