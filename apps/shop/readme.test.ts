import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram, type Program } from './testing/program.ts'

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** All commands, block by block, but for those that start the shop or run these tests. */
const blocks = [...readFileSync(pathOf('README.md'), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)]
  .map(([, block = '']) => block)
  .filter((block) => !/\bnpm (start|test)\b/.test(block))

/** Its `audit` is run once, as anybody runs it. */
const asUsual = { AUDIT_GRACE_MS: '30000' }

describe('what the README says, done by a newcomer, line by line', () => {
  let folder: string
  let shop: Program
  let said: readonly string[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'suanpan-readme-'))
    const [shopPort, sandboxPort] = [String(await freePort()), String(await freePort())]
    shop = await startProgram({ DATA_DIR: join(folder, 'data'), PORT: shopPort, SANDBOX_PORT: sandboxPort, ...asUsual })
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    // A machine that runs these tests need not have curl.
    writeFileSync(join(bin, 'curl'), `#!/bin/sh\nexec "${process.execPath}" "${pathOf('apps/shop/testing/curl.ts')}" "$@"\n`)
    writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${pathOf('apps/cli/main.ts')}" "$@"\n`)
    for (const name of ['curl', 'npx']) chmodSync(join(bin, name), 0o700)
    const script = blocks.map((block) => `${block}\necho; echo ----`).join('\n')
    const here = script
      .replace('--duration 10s', '--duration 2s')
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${shopPort}`)
      .replaceAll('127.0.0.1:3001', `127.0.0.1:${sandboxPort}`)
    said = (await run(here, { PORT: shopPort, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` })).split('----')
  })
  after(async () => {
    await shop.kill()
    // The sandbox that this shop has started ends a moment after it.
    rmSync(folder, { recursive: true, maxRetries: 20, retryDelay: 100 })
  })

  async function run(script: string, environment: Readonly<Record<string, string>>): Promise<string> {
    const child = spawn('sh', ['-c', script], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await once(child, 'close')
    assert.equal(child.exitCode, 0, output)
    return output
  }

  const promised: readonly (readonly [what: string, ...shows: readonly RegExp[]])[] = [
    [
      'orders are undone, the books balance, and nothing fails any more',
      /"confirmFails":0\.3,.*The books balance.*"cancelReason":"confirm_failed".*"confirmFails":0,/s,
    ],
    ['an order, and a link to pay it', /"channel":"alipay".*"state":"pending".*"payUrl":"http/s],
    ['scanned, paid, and the order is paid', /"state":"waiting"/, /"outcome":"paid"/, /"orderId":"ord_\w+".*"state":"paid"/s],
    ['our answer, a refund, the log', /"status":204/, /"refundId":"rf_\w+".*"amountFen":500/s, /payment\.paid/, /order\.paid/, /The payment log is unbroken/],
    ['faults are taken in', /"drop":true.*"other-key".*"amountFen":1.*"timeoutAfterCommit":true.*"bill":\{"amountFen":1\}/s],
    [
      'what the bill says otherwise is found, and the books are clean',
      /wechat \d{4}-\d\d-\d\d\n.*amount differs/s,
      /"removed":\d/,
      /The books balance: \d+ checks, no violation/,
    ],
  ]
  for (const [index, [what, ...shows]] of promised.entries()) {
    test(what, () => {
      for (const each of shows) assert.match(said[index] ?? '', each)
    })
  }

  test('every block is run', () => assert.equal(blocks.length, promised.length))
})
