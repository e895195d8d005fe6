/**
 * The limit: what HTTP with schema validation and one durable write per request cost on this machine, with nothing of
 * a shop behind it. A bare Fastify server checks the same body and inserts one row in a batched SQLite transaction
 * (WAL, synchronous FULL) before it answers. Everything a shop does comes on top of this.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { placeOrderSchema } from '@suanpan/edge'
import Fastify from 'fastify'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-limit-'))
const database = new DatabaseSync(join(folder, 'limit.db'))
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE request (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
const insert = database.prepare('INSERT INTO request (body) VALUES (?)')

interface Waiting {
  readonly body: string
  readonly written: (id: number) => void
}

let waiting: Waiting[] = []

/** Resolves once the row is on disk; requests of one turn share one commit. */
function write(body: string): Promise<number> {
  return new Promise((written) => {
    if (waiting.push({ body, written }) === 1) setImmediate(flush)
  })
}

function flush(): void {
  const batch = waiting
  waiting = []
  database.exec('BEGIN IMMEDIATE')
  const ids = batch.map(({ body }) => Number(insert.run(body).lastInsertRowid))
  database.exec('COMMIT')
  for (const [index, { written }] of batch.entries()) written(ids[index] ?? 0)
}

const server = Fastify()
server.post('/api/orders', { schema: placeOrderSchema }, async (request, reply) => {
  const id = await write(JSON.stringify(request.body))
  return reply.code(201).send({ orderId: String(id) })
})

process.once('SIGTERM', () => {
  void server.close().then(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })
})

const address = await server.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ url: address })}\n`)
