import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCredentials } from '@suanpan/sandbox/credentials'
import { startCommand, type StartedCommand } from './testing/started-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-sandbox-'))
after(() => rmSync(folder, { recursive: true }))

interface Started extends StartedCommand {
  /** Once it listens. */
  readonly url: Promise<string>
}

function start(environment: Record<string, string> = {}): Started {
  const started = startCommand('sandbox', { SANDBOX_PORT: '0', DATA_DIR: folder, ...environment })
  return { ...started, url: started.saidUntil(/http:\S+\d/).then((said) => /http:\/\/[\d.]+:\d+/.exec(said)?.[0] ?? said) }
}

async function call<Answer>(url: string, path: string, body?: object): Promise<Answer> {
  const sent = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url + path, sent)
  return (await response.json()) as Answer
}

test('what a platform knows outlives kill -9: keys, clock, faults', async () => {
  const first = start()
  const url = await first.url
  const { wechat } = await call<{ wechat: { apiV3Key: string } }>(url, '/sandbox/merchant')
  const { now } = await call<{ now: number }>(url, '/sandbox/clock', { advanceMs: 86_400_000 })
  await call(url, '/sandbox/faults', { next: 3, notify: { drop: true } })
  const other = await start().ended
  assert.match(other.said, /^suanpan: The sandbox folder .* is in use/)
  assert.equal(other.exitCode, 2)
  first.child.kill('SIGKILL')
  await first.ended

  const second = start()
  const again = await second.url
  assert.equal((await call<{ wechat: { apiV3Key: string } }>(again, '/sandbox/merchant')).wechat.apiV3Key, wechat.apiV3Key)
  assert.ok((await call<{ now: number }>(again, '/sandbox/clock')).now >= now)
  assert.equal((await call<{ items: unknown[] }>(again, '/sandbox/faults')).items.length, 1)
  const written = JSON.parse(readFileSync(join(folder, 'sandbox', 'credentials.json'), 'utf8')) as { wechat: { baseUrl: string } }
  assert.equal(written.wechat.baseUrl, again)
  second.child.kill('SIGINT')
  assert.equal((await second.ended).exitCode, 0)
})

/** Orders over WeChat Pay, as a shop does that has only what `credentials.json` says. */
async function placeOrder(outTradeNo: string, notifyUrl: string): Promise<void> {
  const { wechat } = readCredentials(join(folder, 'sandbox', 'credentials.json'))
  const path = '/v3/pay/transactions/native'
  const order = { mchid: wechat.mchid, appid: wechat.appId, description: 'tea', out_trade_no: outTradeNo, notify_url: notifyUrl, amount: { total: 100 } }
  const body = JSON.stringify(order)
  const timestamp = Math.floor(Date.now() / 1_000)
  const signature = sign('sha256', Buffer.from(`POST\n${path}\n${timestamp}\nnonce\n${body}\n`), wechat.merchantPrivateKey).toString('base64')
  const fields = { mchid: wechat.mchid, serial_no: wechat.merchantSerial, nonce_str: 'nonce', timestamp, signature }
  const authorization = `WECHATPAY2-SHA256-RSA2048 ${Object.entries(fields)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}`
  const response = await fetch(wechat.baseUrl + path, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body })
  assert.equal(response.status, 200)
}

test('who was told that an order is paid finds it paid after kill -9, and the merchant is told, too', async () => {
  let received = 0
  const merchant = createServer((_, response) => {
    received += 1
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(merchant, 'listening')
  const first = start()
  const url = await first.url
  await call(url, '/sandbox/faults', { outTradeNo: 'killed_0001', next: 1, notify: { drop: true } })
  await placeOrder('killed_0001', `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/notify`)
  assert.equal((await call<{ outcome: string }>(url, '/sandbox/pay', { outTradeNo: 'killed_0001' })).outcome, 'paid')
  first.child.kill('SIGKILL')
  await first.ended

  const second = start()
  const again = await second.url
  const { items } = await call<{ items: { state: string }[] }>(again, '/sandbox/trades?outTradeNo=killed_0001')
  assert.equal(items[0]?.state, 'paid')
  while (received === 0) {
    await call(again, '/sandbox/clock', { advanceMs: 15_000 })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  second.child.kill('SIGINT')
  assert.equal((await second.ended).exitCode, 0)
  merchant.close()
})

const refused: readonly (readonly [environment: Record<string, string>, complaint: RegExp])[] = [
  [{ DEMO: '0' }, /^suanpan: DEMO=0 is a live profile/m],
  [{ ALIPAY_APP_ID: '2021000000000000' }, /^suanpan: ALIPAY_APP_ID is set: real payment accounts/m],
  [{ WECHAT_MCHID: '1900000001' }, /^suanpan: WECHAT_MCHID is set: real payment accounts/m],
  [{ SANDBOX_PORT: 'abc' }, /^suanpan: SANDBOX_PORT: "abc" is not allowed/m],
]

for (const [environment, complaint] of refused) {
  test(`${JSON.stringify(environment)} is refused with exit code 2, and nothing is made`, async () => {
    const fresh = join(folder, 'fresh')
    const { exitCode, said } = await start({ DATA_DIR: fresh, ...environment }).ended
    assert.match(said, complaint)
    assert.equal(exitCode, 2)
    assert.equal(existsSync(fresh), false)
  })
}

test('a port that is taken is named', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { exitCode, said } = await start({ DATA_DIR: join(folder, 'taken'), SANDBOX_PORT: String(port) }).ended
  server.close()
  assert.match(said, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program listens there`))
  assert.equal(exitCode, 2)
})

test('it ends with its launcher', async () => {
  const { child, url, ended } = start({ DATA_DIR: join(folder, 'orphan') })
  await url
  child.disconnect()
  assert.equal((await ended).exitCode, 0)
})
