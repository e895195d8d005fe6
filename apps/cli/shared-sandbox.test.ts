import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sharedSandbox } from './shared-sandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-shared-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'credentials.json')

const merchant =
  (appId: string): RequestListener =>
  ({ url }, response) =>
    response.end(JSON.stringify(url === '/sandbox/merchant' ? { alipay: { appId } } : { items: [] }))

const table: readonly (readonly [what: string, listener: RequestListener, isOurs: boolean])[] = [
  ['the sandbox of this folder', merchant('9021000000000001'), true],
  ["another folder's sandbox", merchant('9021000000000002'), false],
  ['a program that answers everything', (_, response) => response.end('{}'), false],
  ['a program that says nothing', () => {}, false],
]

for (const [what, listener, isOurs] of table) {
  test(`${what} at the address in its file is ${isOurs ? '' : 'not '}shared`, { timeout: 10_000 }, async () => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    writeFileSync(file, JSON.stringify({ environment: 'sandbox', alipay: { appId: '9021000000000001', gateway: `${url}/gateway.do` } }))
    assert.equal(await sharedSandbox(file), isOurs ? url : undefined)
    server.close()
    server.closeAllConnections()
  })
}

test('without a file, or with one that tells nothing, there is none to share', async () => {
  assert.equal(await sharedSandbox(join(folder, 'no such file')), undefined)
  for (const text of ['', '{}', '{"alipay":{}}', '{"alipay":{"appId":"1","gateway":"nowhere"}}']) {
    writeFileSync(file, text)
    assert.equal(await sharedSandbox(file), undefined, text)
  }
})
