import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { systemClock } from '../../time/index.ts'
import type { Store } from '../port.ts'
import { conformanceSchema, reopeningConformance, storeConformance } from '../testing/conformance/index.ts'
import type { Assurance } from './group.ts'
import { openSqliteDatabase } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-store-'))
const stores: Store[] = []
let files = 0

function open(file: string, schemas: readonly URL[], assurance: Assurance = 'durable'): Store {
  const store = openSqliteDatabase({ file, clock: systemClock() }).openStore('conformance', schemas, assurance)
  stores.push(store)
  return store
}

const newFile = (): string => join(folder, `${++files}.db`)

after(async () => {
  await Promise.all(stores.map((store) => store.close()))
  rmSync(folder, { recursive: true, force: true })
})

storeConformance('SQLite in memory', async () => open(':memory:', [conformanceSchema]))
storeConformance('an SQLite file', async () => open(newFile(), [conformanceSchema]))
storeConformance('an SQLite file that tells before it is on disk', async () => open(newFile(), [conformanceSchema], 'applied'))

describe('an SQLite file, reopened', () =>
  reopeningConformance(async () => {
    const file = newFile()
    return { open: async (schemas) => open(file, schemas, 'applied') }
  }))
