import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startPostgres } from '@suanpan/servers/postgres'
import type { Environment } from './program.ts'

/** How often the program is killed. */
const kills = { onSqlite: 3, onPostgres: 2 }

/** One test a store: the environment is that of a program with an empty data folder of its own. */
export function testOnRealStores(killAndCheck: (environment: Environment, kills: number) => Promise<void>): void {
  test('on SQLite', () => withFolder((folder) => killAndCheck({ DATA_DIR: folder }, kills.onSqlite)))

  test('on PostgreSQL', async () => {
    const server = await startPostgres()
    try {
      const databaseUrl = await server.createDatabase()
      await withFolder((folder) => killAndCheck({ DATABASE_URL: databaseUrl, DATA_DIR: folder }, kills.onPostgres))
    } finally {
      await server.stop()
    }
  })
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-crash-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
