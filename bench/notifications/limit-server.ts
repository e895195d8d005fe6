/**
 * The limit of taking notifications in: a bare server that verifies what it is sent, as the shop does, and writes one row
 * in a batched durable transaction before it answers. Its accounts are the sandbox's in the folder that is named.
 */
import { join } from 'node:path'
import { createAlipayNotificationReader } from '@suanpan/channels/alipay/notification'
import { readSandboxCredentials } from '@suanpan/channels/configuration'
import { createWechatNotificationReader } from '@suanpan/channels/wechat/notification'
import Fastify from 'fastify'
import { openDurableRows } from '../durable-rows.ts'

const [dataDir = ''] = process.argv.slice(2)
const { alipay, wechat } = readSandboxCredentials(join(dataDir, 'sandbox', 'credentials.json'), {
  publicUrl: 'http://127.0.0.1',
  timeoutMs: 1_000,
  certificates: false,
  now: Date.now(),
})
const rows = openDurableRows()
const server = Fastify()
server.removeAllContentTypeParsers()
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))

for (const reader of [createAlipayNotificationReader(alipay), createWechatNotificationReader(wechat)]) {
  server.post(`/notify/${reader.channel}`, async (request, reply) => {
    const parsed = reader.parse(request.body as Buffer, request.headers, Date.now())
    if (parsed.kind === 'refused') return reply.code(401).send(parsed.detail)
    await rows.write(JSON.stringify(parsed.notification))
    return reader.channel === 'alipay' ? reply.type('text/plain').send('success') : reply.code(204).send()
  })
}

process.once('SIGTERM', () => {
  void server.close().then(rows.close)
})

const address = await server.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ url: address })}\n`)
