import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCommand } from './testing/started-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-node-'))
after(() => rmSync(folder, { recursive: true }))
/** Something that listens, for servers that are there. */
const listening = createServer().listen(0, '127.0.0.1')
await once(listening, 'listening')
after(() => listening.close())
const there = `127.0.0.1:${(listening.address() as AddressInfo).port}`
const nowhere = '127.0.0.1:1'
const whole = {
  CLUSTER_ZOOKEEPER: there,
  CLUSTER_PROXY: there,
  DATABASE_URL: `postgres://me:hunter2@${there}/shop`,
  CLUSTER_WAIT_MS: '700',
  DATA_DIR: folder,
}

const refused: readonly (readonly [what: string, run: string, changed: Readonly<Record<string, string>>, says: RegExp])[] = [
  ['a service that there is not', 'stock', {}, /^suanpan: There is no "stock" to be run\. There are catalog,/m],
  ['a service without a database', 'points', { DATABASE_URL: '' }, /^suanpan: DATABASE_URL .* is not set/m],
  [
    'ZooKeeper that is away',
    'order-system',
    { CLUSTER_ZOOKEEPER: nowhere },
    /^suanpan: ZooKeeper at 127\.0\.0\.1:1 did not answer within 700 ms\. .*correct CLUSTER_ZOOKEEPER/m,
  ],
  [
    'PostgreSQL that is away',
    'points',
    { DATABASE_URL: `postgres://me:hunter2@${nowhere}/shop` },
    /^suanpan: PostgreSQL at 127\.0\.0\.1:1 did not answer .*correct DATABASE_URL/m,
  ],
  [
    'a proxy of RocketMQ on a host that there is not',
    'points',
    { CLUSTER_PROXY: 'nowhere.invalid:8081' },
    /^suanpan: RocketMQ's proxy at nowhere\.invalid:8081 has a host that could not be found .*correct CLUSTER_PROXY/m,
  ],
  [
    'a sandbox that never ran',
    'payment',
    {},
    /^suanpan: In demo mode payments go to the sandbox, and there are no keys of one at .*npx suanpan sandbox --data-dir/m,
  ],
  ['real accounts in demo mode', 'payment', { ALIPAY_APP_ID: '2021000000000000' }, /^suanpan: ALIPAY_APP_ID is set, and DEMO pays at the sandbox/m],
]

for (const [what, run, changed, says] of refused) {
  test(`npx suanpan node is refused: ${what}`, async () => {
    const { exitCode, said } = await startCommand('node', { ...whole, ...changed }, ['--run', run]).ended
    assert.match(said, says)
    assert.ok(!said.includes('hunter2'))
    assert.equal(exitCode, 2)
  })
}

test('npx suanpan node says what it waits for', async () => {
  const { said } = await startCommand('node', { ...whole, CLUSTER_ZOOKEEPER: nowhere, LOG_LEVEL: 'info' }, ['--run', 'order-system']).ended
  assert.match(said, /"process":"order-system".*"msg":"waiting for ZooKeeper at 127\.0\.0\.1:1"/)
})
