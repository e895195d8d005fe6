import assert from 'node:assert/strict'
import { connect, type AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { channelNames, refusals, type ChannelName } from '@suanpan/channels'
import type { Notification } from '@suanpan/contracts/payment'
import { manualClock, systemClock, type Clock } from '@suanpan/runtime/time'
import type { Server } from './context.ts'
import { edgeBeforeServices, startedAt } from './testing/edge.ts'
import { contentTypes, scriptedReader } from './testing/notifications.ts'

const readers = channelNames.map(scriptedReader)
const forever = new Promise<never>(() => {})

interface Edge {
  readonly server: Server
  /** What the payment service was asked to keep, batch by batch. */
  readonly kept: readonly (readonly Notification[])[]
}

async function edgeThatKeeps(clock: Clock = systemClock()): Promise<Edge> {
  const kept: Notification[][] = []
  const server = await edgeBeforeServices({
    clock,
    readers,
    payment: {
      receiveNotifications: async ({ notifications }) => {
        kept.push(notifications)
        return {}
      },
    },
  })
  return { server, kept }
}

interface Sent {
  readonly body?: string | Buffer
  readonly method?: 'POST' | 'GET' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly path?: string
  readonly from?: string
}

async function send({ server }: Edge, channel: ChannelName, { body = 'good 1', method = 'POST', headers = {}, path = '', from = '203.0.113.1' }: Sent) {
  const {
    statusCode,
    body: text,
    headers: answered,
  } = await server.inject({
    method,
    url: `/notify/${channel}${path}`,
    remoteAddress: from,
    headers: method === 'POST' ? { 'content-type': contentTypes[channel], ...headers } : {},
    ...(method === 'POST' ? { payload: body } : {}),
  })
  return { status: statusCode, text, headers: answered }
}

/** The exact bytes of an answer. */
async function rawAnswer(port: number, channel: ChannelName, body: string): Promise<string> {
  const head = [
    `POST /notify/${channel} HTTP/1.1`,
    'Host: localhost',
    `Content-Type: ${contentTypes[channel]}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('what is verified is kept, then answered with exactly what the platform wants', () => {
  test('byte for byte', async (context) => {
    const edge = await edgeThatKeeps()
    context.after(() => edge.server.close())
    await edge.server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = edge.server.server.address() as AddressInfo
    const alipay = await rawAnswer(port, 'alipay', 'good 1')
    assert.match(alipay, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(alipay, /\r\ncontent-type: text\/plain\r\n/)
    assert.match(alipay, /\r\ncontent-length: 7\r\n/)
    assert.equal(alipay.split('\r\n\r\n')[1], 'success')
    const wechat = await rawAnswer(port, 'wechat', 'good 2')
    assert.match(wechat, /^HTTP\/1\.1 204 No Content\r\n/)
    assert.equal(wechat.split('\r\n\r\n')[1], '')
    assert.equal((await rawAnswer(port, 'wechat', 'stale')).split('\r\n\r\n')[1], '{"code":"FAIL","message":"unverified (stale)"}')
  })

  test('every fact arrives', async () => {
    const edge = await edgeThatKeeps()
    await send(edge, 'alipay', { body: 'good 1' })
    await send(edge, 'wechat', { body: 'refund 2' })
    assert.deepEqual(edge.kept, [
      [
        {
          channel: 'CHANNEL_ALIPAY',
          notificationId: 'note_1',
          paymentId: 'pay_1',
          trade: { state: 'TRADE_STATE_PAID', tradeNo: 'trade_1', amountFen: 150, currency: 'CNY', paidAt: 1_000 },
          refund: undefined,
        },
      ],
      [
        {
          channel: 'CHANNEL_WECHAT',
          notificationId: 'note_2',
          paymentId: 'pay_2',
          trade: undefined,
          refund: { refundId: 'rf_2', state: 'REFUND_STATE_DONE', amountFen: 50 },
        },
      ],
    ])
  })

  test('what arrives together is kept together', async () => {
    const edge = await edgeThatKeeps()
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => send(edge, 'wechat', { body: `good ${index}` })))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]))
    assert.equal(edge.kept.flat().length, 300)
    assert.ok(edge.kept.length < 30, `${edge.kept.length} batches`)
  })
})

describe('what is not kept in time is not acknowledged', () => {
  for (const channel of channelNames) {
    test(`${channel}: the payment service hangs: a failure within a second, and the next one is not held up longer`, async () => {
      const clock = manualClock(startedAt)
      let asked: () => void = () => {}
      const isAsked = new Promise<void>((resolve) => (asked = resolve))
      const receiveNotifications = () => (asked(), forever)
      const edge = { server: await edgeBeforeServices({ clock, readers, payment: { receiveNotifications } }), kept: [] }
      let answered = 0
      const first = send(edge, channel, {}).finally(() => answered++)
      await isAsked
      const second = send(edge, channel, { body: 'good 2' }).finally(() => answered++)
      await clock.advance(500)
      assert.equal(answered, 0)
      await clock.advance(499)
      const { status, text, headers } = await first
      assert.deepEqual([status, headers['retry-after'], (await second).status], [503, '1', 503])
      assert.doesNotMatch(text, /success/i)
    })
  }

  test('a payment service that fails, or is away, is a failure at once', async () => {
    const failing = await edgeBeforeServices({ readers, payment: {} })
    const away = await edgeBeforeServices({ readers })
    for (const server of [failing, away]) assert.equal((await send({ server, kept: [] }, 'alipay', {})).status, 503)
  })
})

describe('bad input is a 4xx, is counted, and reaches no service', () => {
  const deepJson = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  const cases: readonly { what: string; sent: Sent; status: number; counted: string }[] = [
    { what: 'a body over 64 KB', sent: { body: Buffer.alloc(64 * 1024 + 1, 'x') }, status: 413, counted: 'payload_too_large' },
    { what: 'no body', sent: { body: '' }, status: 400, counted: 'malformed' },
    { what: 'invalid UTF-8', sent: { body: Buffer.from([0xff, 0xfe, 0x00]) }, status: 400, counted: 'malformed' },
    { what: 'deep JSON', sent: { body: deepJson }, status: 400, counted: 'malformed' },
    { what: 'another content type', sent: { headers: { 'content-type': 'text/plain' } }, status: 415, counted: 'unsupported_media_type' },
    { what: 'a content type of nonsense', sent: { headers: { 'content-type': ';;=' } }, status: 415, counted: 'unsupported_media_type' },
    { what: 'a prototype key', sent: { body: '{"__proto__":{"a":1}}' }, status: 400, counted: 'malformed' },
    { what: 'a query', sent: { path: '?sign=1' }, status: 400, counted: 'invalid_request' },
    { what: 'a body that the reader fails at', sent: { body: 'throw' }, status: 400, counted: 'malformed' },
    ...refusals.map((because) => ({
      what: `refused as ${because}`,
      sent: { body: because },
      status: because === 'malformed' || because === 'unsupported' ? 400 : 401,
      counted: because,
    })),
  ]
  for (const channel of channelNames) {
    for (const { what, sent, status, counted } of cases) {
      test(`${channel}: ${what} is ${status}`, async () => {
        const edge = await edgeThatKeeps()
        const answer = await send(edge, channel, sent)
        assert.equal(answer.status, status, answer.text)
        assert.doesNotMatch(answer.text, /success/i)
        if (channel === 'wechat') assert.equal((JSON.parse(answer.text) as { code: string }).code, 'FAIL')
        const { body: measured } = await edge.server.inject({ url: '/metrics' })
        assert.match(measured, new RegExp(`suanpan_notifications_total\\{channel="${channel}",result="${counted}"\\} 1`))
        assert.deepEqual(edge.kept, [])
      })
    }

    test(`${channel}: nothing else is on that path, and nobody is sent elsewhere`, async () => {
      const edge = await edgeThatKeeps()
      for (const method of ['GET', 'PUT', 'DELETE'] as const) assert.equal((await send(edge, channel, { method })).status, 404, method)
      if (channel === 'wechat') for (const path of ['/', '/x']) assert.equal((await send(edge, channel, { path, body: '{}' })).status, 404, path)
      assert.deepEqual(edge.kept, [])
    })
  }

  test("the other channel's content type is refused", async () => {
    const edge = await edgeThatKeeps()
    assert.equal((await send(edge, 'alipay', { headers: { 'content-type': contentTypes.wechat } })).status, 415)
    assert.equal((await send(edge, 'wechat', { headers: { 'content-type': contentTypes.alipay } })).status, 415)
  })

  test('a channel that is not configured is not found, in the shape of every other problem', async () => {
    const [alipay] = readers
    assert.ok(alipay !== undefined)
    const edge = { server: await edgeBeforeServices({ readers: [alipay], payment: { receiveNotifications: async () => ({}) } }), kept: [] }
    const { status, headers, text } = await send(edge, 'wechat', {})
    assert.deepEqual([status, headers['content-type']], [404, 'application/problem+json; charset=utf-8'])
    assert.match(text, /wechat is not configured/)
    assert.equal((await send(edge, 'alipay', {})).status, 200)
  })
})

describe('a flood of forgeries', () => {
  async function flood(edge: Edge, from: string, count: number): Promise<readonly number[]> {
    const answers: number[] = []
    for (let index = 0; index < count; index++) answers.push((await send(edge, 'wechat', { body: 'bad_signature', from })).status)
    return answers
  }

  test('is told to slow down, and a genuine platform behind the same address is heard all the same', async () => {
    const edge = await edgeThatKeeps()
    const answers = await flood(edge, '203.0.113.1', 210)
    assert.deepEqual([answers.filter((status) => status === 401).length, answers.filter((status) => status === 429).length], [200, 10])
    for (const from of ['203.0.113.1', '203.0.113.2']) assert.equal((await send(edge, 'wechat', { body: `good ${from}`, from })).status, 204)
    assert.equal(edge.kept.flat().length, 2)
  })

  test('is not read where it is large, until the next second', async () => {
    const clock = manualClock(startedAt)
    const edge = await edgeThatKeeps(clock)
    const large = `good ${'x'.repeat(10_000)}`
    await flood(edge, '203.0.113.1', 200)
    const { status, headers, text } = await send(edge, 'wechat', { body: large, from: '203.0.113.1' })
    assert.deepEqual([status, headers['retry-after']], [429, '1'])
    assert.doesNotMatch(text, /success/i)
    assert.equal((await send(edge, 'wechat', { body: large, from: '203.0.113.2' })).status, 204)
    await clock.advance(1_000)
    assert.equal((await send(edge, 'wechat', { body: large, from: '203.0.113.1' })).status, 204)
  })

  test('good ones are no failures, however many', async () => {
    const edge = await edgeThatKeeps()
    const answers = await Promise.all(Array.from({ length: 400 }, (_, index) => send(edge, 'wechat', { body: `good ${index}` })))
    assert.equal(answers.filter(({ status }) => status === 204).length, 400)
  })
})
