import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Store } from '../../port.ts'
import { account, amountsIn, conformanceSchema, insertAccounts } from './accounts.ts'

/** Where rows outlive the store that wrote them: a file, or a database. */
export interface StorePlace {
  open(schemas: readonly URL[]): Promise<Store>
}

const firstStep = readFileSync(new URL('001_accounts.sql', conformanceSchema), 'utf8')
const secondStep = 'ALTER TABLE account ADD COLUMN colour TEXT;'
const wrongStep = 'CREATE TABLE half_made (a_key TEXT PRIMARY KEY); CREATE TABLE account (a_key TEXT PRIMARY KEY);'

/** How a store that was left at two steps meets other programs. */
const meetings: readonly [program: string, steps: readonly string[], refusal: RegExp | undefined][] = [
  ['the same program', [firstStep, secondStep], undefined],
  ['a newer one', [firstStep, secondStep, 'CREATE TABLE third (a_key TEXT PRIMARY KEY);'], undefined],
  ['an older one', [firstStep], /version 2 of "conformance".*newer.*Nothing was changed/],
  ['one whose first step reads otherwise', [`${firstStep} `, secondStep], /version 1 of "conformance".*another build.*Nothing was changed/],
]

export function reopeningConformance(newPlace: () => Promise<StorePlace>): void {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-schema-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  let programs = 0

  /** A schema folder with these steps. */
  function program(steps: readonly string[]): readonly URL[] {
    const path = join(folder, String(++programs), 'conformance', 'schema')
    mkdirSync(path, { recursive: true })
    for (const [index, sql] of steps.entries()) writeFileSync(join(path, `00${index + 1}_step.sql`), sql)
    return [pathToFileURL(`${path}/`)]
  }

  test('what was committed is there after reopening, and nothing else', async () => {
    const place = await newPlace()
    const store = await place.open([conformanceSchema])
    await insertAccounts(store, account('a', 1))
    await assert.rejects(insertAccounts(store, account('b', 1), account('c', -1)))
    await store.close()
    assert.deepEqual(await amountsIn(await place.open([conformanceSchema])), { a: 1 })
  })

  for (const [name, steps, refusal] of meetings) {
    test(`tables at step 2 meet ${name}: ${refusal === undefined ? 'opened' : 'refused'}`, async () => {
      const place = await newPlace()
      const first = await place.open(program([firstStep]))
      await insertAccounts(first, account('a', 1))
      await first.close()
      const second = await place.open(program([firstStep, secondStep]))
      await second.transact(async (tx) => tx.execute('UPDATE account SET colour = $1', ['red']))
      await second.close()

      if (refusal !== undefined) await assert.rejects(place.open(program(steps)), { name: 'StoreRefused', message: refusal })
      const again = await place.open(refusal === undefined ? program(steps) : program([firstStep, secondStep]))
      assert.deepEqual(
        (await again.read.query('SELECT account_id, colour FROM account', [])).map((row) => ({ ...row })),
        [{ account_id: 'a', colour: 'red' }],
      )
    })
  }

  test('a step that fails leaves nothing of itself', async () => {
    const place = await newPlace()
    await (await place.open(program([firstStep]))).close()
    await assert.rejects(place.open(program([firstStep, wrongStep])))
    const store = await place.open(program([firstStep]))
    await assert.rejects(store.read.query('SELECT * FROM half_made', []))
  })
}
