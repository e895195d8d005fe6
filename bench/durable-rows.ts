import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What the bare servers keep: one row a request, on disk before it is answered. */
export interface DurableRows {
  /** Resolves with the row's number once it is on disk; rows of one turn share one commit. */
  write(body: string): Promise<number>
  close(): void
}

interface Waiting {
  readonly body: string
  readonly written: (id: number) => void
}

/** A table in a folder of its own (WAL, synchronous FULL), gone when it is closed. */
export function openDurableRows(): DurableRows {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-limit-'))
  const database = new DatabaseSync(join(folder, 'limit.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE request (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  const insert = database.prepare('INSERT INTO request (body) VALUES (?)')
  let waiting: Waiting[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    database.exec('BEGIN IMMEDIATE')
    const ids = batch.map(({ body }) => Number(insert.run(body).lastInsertRowid))
    database.exec('COMMIT')
    for (const [index, { written }] of batch.entries()) written(ids[index] ?? 0)
  }

  return {
    write: (body) =>
      new Promise((written) => {
        if (waiting.push({ body, written }) === 1) setImmediate(flush)
      }),
    close: () => {
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
