import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCommand, type StartedCommand } from './testing/started-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-start-'))
after(() => rmSync(folder, { recursive: true }))

function start(environment: Record<string, string>): StartedCommand {
  return startCommand('start', { PORT: '0', DATA_DIR: folder, ...environment })
}

/** Sends what the banner's curl command would send. */
async function pasteCurl(banner: string): Promise<Response> {
  const url = /curl -i (\S+)/.exec(banner)?.[1] ?? ''
  const headers = [...banner.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']): [string, string] => [name, value])
  const body = /-d '([^']+)'/.exec(banner)?.[1] ?? ''
  return fetch(url, { method: 'POST', headers, body })
}

/** Sends half a request: as long as the other half may come, the shop has not finished. */
async function beginRequest(banner: string): Promise<Socket> {
  const { hostname, port } = new URL(/curl -i (\S+)/.exec(banner)?.[1] ?? '')
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write('POST /api/demo/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{')
  return socket
}

test('the banner has one command that places an order; an interrupt ends the program in good order', async () => {
  const { child, saidUntil, ended } = start({})
  const banner = await saidUntil(/Ctrl-C/)
  assert.match(banner, /100 products, 1,000 users .*just filled in/)
  assert.match(banner, new RegExp(`SQLite in ${folder}`))
  const answer = await pasteCurl(banner)
  assert.deepEqual([answer.status, ((await answer.json()) as { state: string }).state], [201, 'paid'])

  const second = await start({}).ended
  assert.match(second.said, /^suanpan: The data folder .* is in use/)
  assert.equal(second.exitCode, 2)

  // Twice, as a terminal's Ctrl-C comes: from the terminal itself, and passed on by the launcher.
  const underWay = await beginRequest(banner)
  child.kill('SIGINT')
  await saidUntil(/Stopping/)
  child.kill('SIGINT')
  await new Promise((resolve) => setTimeout(resolve, 50))
  underWay.destroy()
  assert.equal((await ended).exitCode, 0)
})

test('a start on a folder that has data says so, and ends with its launcher', async () => {
  const { child, saidUntil, ended } = start({})
  const banner = await saidUntil(/Ctrl-C/)
  assert.match(banner, /a shop with data is left as it is/)
  assert.equal((await pasteCurl(banner)).status, 201)
  child.disconnect()
  assert.equal((await ended).exitCode, 0)
})

test('a sandbox that ends under its shop is missed, in the log of the shop', async () => {
  const { child, saidUntil, ended } = start({ LOG_LEVEL: 'error' })
  await saidUntil(/Ctrl-C/)
  process.kill(Number(readFileSync(join(folder, 'sandbox', 'owner'), 'utf8')), 'SIGKILL')
  assert.match(await saidUntil(/sandbox has ended/), /"signal":"SIGKILL".*the payment sandbox has ended: nothing can be paid/)
  child.kill('SIGTERM')
  const { exitCode, said } = await ended
  assert.equal(exitCode, 0)
  assert.equal(said.match(/sandbox has ended/g)?.length, 1)
})

test('a port that no browser goes to has its banner, too, with commands that name it', async () => {
  const { child, saidUntil, ended } = start({ PORT: '6697' })
  const banner = await saidUntil(/Ctrl-C/)
  assert.match(banner, /^curl -i http:\/\/127\.0\.0\.1:6697\/api\/orders/m)
  assert.match(banner, /npx suanpan load --url http:\/\/127\.0\.0\.1:6697, npx suanpan audit --url http:\/\/127\.0\.0\.1:6697,/)
  child.kill('SIGTERM')
  assert.equal((await ended).exitCode, 0)
})

test('a launcher that is gone before the shop is ready takes it along, too', async () => {
  const { child, ended } = start({})
  child.disconnect()
  const { exitCode, said } = await ended
  assert.match(said, /Stopping/)
  assert.equal(exitCode, 0)
})

const refused: readonly (readonly [environment: Record<string, string>, complaint: RegExp])[] = [
  [{ PORT: 'abc' }, /^suanpan: PORT .*"abc" is not allowed; it takes an integer from 0 to 65535/m],
  [{ DEMO: '0' }, /^suanpan: DEMO=0 needs JWT_SECRET or JWKS_URL/m],
  [{ ALIPAY_APP_ID: '2021000000000000' }, /^suanpan: ALIPAY_APP_ID is set, and DEMO pays at the sandbox: real accounts and simulated ones do not mix/m],
  [{ WECHAT_MCHID: '1900000001' }, /^suanpan: WECHAT_MCHID is set, and DEMO pays at the sandbox/m],
]

for (const [environment, complaint] of refused) {
  test(`${JSON.stringify(environment)} is refused with exit code 2`, async () => {
    const { exitCode, said } = await start(environment).ended
    assert.match(said, complaint)
    assert.equal(exitCode, 2)
  })
}
