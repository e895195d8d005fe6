/**
 * The limit: what HTTP with schema validation and one durable write per request cost on this machine, with nothing of
 * a shop behind it. A bare Fastify server checks the same body and inserts one row in a batched SQLite transaction
 * (WAL, synchronous FULL) before it answers. Everything a shop does comes on top of this.
 */
import { placeOrderSchema } from '@suanpan/edge'
import Fastify from 'fastify'
import { openDurableRows } from './durable-rows.ts'

const rows = openDurableRows()
const server = Fastify()
server.post('/api/orders', { schema: placeOrderSchema }, async (request, reply) => {
  const id = await rows.write(JSON.stringify(request.body))
  return reply.code(201).send({ orderId: String(id) })
})

process.once('SIGTERM', () => {
  void server.close().then(rows.close)
})

const address = await server.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ url: address })}\n`)
