import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'suanpan-sandbox-'))
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

interface Started {
  readonly child: ChildProcess
  /** Once it listens. */
  readonly url: Promise<string>
  readonly ended: Promise<{ readonly exitCode: number | null; readonly said: string }>
}

function start(environment: Record<string, string> = {}): Started {
  const env = { ...process.env, SANDBOX_PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent', ...environment }
  const child = spawn(process.execPath, [main, 'sandbox'], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  children.push(child)
  let said = ''
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
  for (const stream of streams) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = Promise.all([once(child, 'exit'), ...streams.map((stream) => once(stream, 'end'))])
  const listening = async (): Promise<string> => {
    while (!/http:\S+\d/.test(said) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
    return /http:\/\/[\d.]+:\d+/.exec(said)?.[0] ?? said
  }
  return { child, url: listening(), ended: ended.then(() => ({ exitCode: child.exitCode, said })) }
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
