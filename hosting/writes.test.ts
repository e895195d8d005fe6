import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { busSchema } from '@suanpan/runtime/bus'
import { openSqliteStore } from '@suanpan/runtime/store'
import { systemClock } from '@suanpan/runtime/time'
import { hosts } from './services.ts'

/** Refunds are few, and the index of those that are open is found by its list. */
const seldomWritten = new Set(['payment_refund'])

interface Column {
  readonly name: string
  /** Its place in the primary key, from 1 on; 0 where it is not part of it. */
  readonly pk: number
}

describe('what SQLite does to write a row of a service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-writes-'))
  const file = join(folder, 'store.db')
  let database: DatabaseSync
  before(async () => {
    const schemas = Object.values(hosts).flatMap((host) => host.schemas)
    await openSqliteStore({ name: 'all', file, schemas: [...schemas, busSchema], clock: systemClock() }).close()
    database = new DatabaseSync(file)
  })
  after(() => {
    database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function columnsOf(table: string): Column[] {
    return database.prepare(`SELECT name, pk FROM pragma_table_info('${table}')`).all() as unknown as Column[]
  }

  function stepsOf(sql: string): string[] {
    return database
      .prepare(`EXPLAIN ${sql}`)
      .all()
      .map(({ opcode }) => String(opcode))
  }

  test('it fills no temporary index, as it would for a CHECK with a list', () => {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name))
    assert.ok(tables.length >= 20, `${tables.length} tables`)
    for (const table of tables.filter((name) => !seldomWritten.has(name))) {
      const columns = columnsOf(table)
      const key = columns.filter(({ pk }) => pk > 0)
      const inserting = stepsOf(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`)
      const updating = stepsOf(
        `UPDATE ${table} SET ${columns.map(({ name }) => `${name} = ?`).join(', ')} WHERE ${key.map(({ name }) => `${name} = ?`).join(' AND ')}`,
      )
      assert.ok(![...inserting, ...updating].includes('OpenEphemeral'), table)
    }
  })
})
