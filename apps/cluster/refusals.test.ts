import { StartRefused } from '@suanpan/runtime/settings'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCluster } from './cluster.ts'
import { takeDataFolder } from './data-folder.ts'
import { enginePortsFrom, type ClusterOptions } from './options.ts'
import { javaVersion, refuseFull, refuseUnheeded } from './refusals.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-cluster-'))
after(() => rmSync(folder, { recursive: true }))

/** None of these gets as far as starting anything. */
const nothing = 'nothing.ts'

async function refusal(changed: Partial<ClusterOptions>): Promise<string> {
  const options = { program: nothing, dataDir: join(folder, 'data'), port: 21_490, enginePorts: enginePortsFrom(21_400), ...changed }
  try {
    await startCluster(options)
  } catch (error) {
    if (error instanceof StartRefused) return error.message
    throw error
  }
  return assert.fail('it started')
}

async function withPath<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const before = process.env['PATH']
  process.env['PATH'] = path
  try {
    return await work()
  } finally {
    process.env['PATH'] = before
  }
}

test('a machine without Java is told what to install, and what else would do', async () => {
  const said = await withPath(folder, () => refusal({}))
  assert.match(said, /Java was not found on the PATH\. Install a JDK 17 .*CLUSTER_ZOOKEEPER and CLUSTER_PROXY instead/)
})

test('a Java that is too old is refused, too', async () => {
  const old = mkdtempSync(join(folder, 'old-'))
  symlinkSync('/bin/false', join(old, 'java'))
  assert.match(await withPath(old, () => refusal({})), /Java 0 is too old/)
})

const said: readonly (readonly [said: string, version: number])[] = [
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_402"', 8],
  ['what?', 0],
]
for (const [text, version] of said) test(`${text}: version ${version}`, () => assert.equal(javaVersion(text), version))

const environments: readonly (readonly [environment: Readonly<Record<string, string>>, says: RegExp | undefined])[] = [
  [{}, undefined],
  [{ DEMO: '1', HOST: '127.0.0.1', SANDBOX_PORT: '3001', PAYMENT_PORT: '3002', JWT_SECRET: '', UNPAID_TIMEOUT_MS: '1000' }, undefined],
  [
    { DEMO: '0', JWT_SECRET: 'x'.repeat(32) },
    /^DEMO is set, and the cluster would not heed it: it is a demo, .*npx suanpan node.* Unset DEMO, or set it to 1\.$/,
  ],
  [{ JWT_SECRET: 'x'.repeat(32) }, /^JWT_SECRET is set, .* Unset JWT_SECRET\.$/],
  [{ JWKS_URL: 'https://id.shop.example/keys' }, /^JWKS_URL is set/],
  [{ JWT_ISSUER: 'https://id.shop.example/' }, /^JWT_ISSUER is set/],
  [{ JWT_AUDIENCE: 'shop' }, /^JWT_AUDIENCE is set/],
  [{ TRUSTED_PROXIES: '198.51.100.1' }, /^TRUSTED_PROXIES is set/],
  [{ HOST: '::1' }, /^HOST is set, .*loopback.* or set it to 127\.0\.0\.1\.$/],
  [{ SANDBOX_PORT: '4000' }, /^SANDBOX_PORT is set, .*--port/],
  [{ PAYMENT_PORT: '4000' }, /^PAYMENT_PORT is set, .*--port/],
  [{ OPERATIONS_PORT: '4000' }, /^OPERATIONS_PORT is set, .*free one/],
  [{ CLUSTER_PORT: '4000' }, /^CLUSTER_PORT is set/],
  [{ ALIPAY_APP_ID: '2021000000000000' }, /^ALIPAY_APP_ID is set, and DEMO pays at the sandbox/],
]
for (const [environment, says] of environments) {
  test(`${JSON.stringify(environment)} ${says === undefined ? 'is heeded' : 'is refused'}`, () => {
    if (says === undefined) refuseUnheeded(environment, 3_000)
    else assert.throws(() => refuseUnheeded(environment, 3_000), { name: 'StartRefused', message: says })
  })
}

/** On a port and the two after it, which are the sandbox's and the payment system's; below those that connections are given. */
async function listenSideBySide(): Promise<readonly [Server, Server, Server]> {
  for (let port = 20_000; port < 32_000; port += 3) {
    const servers = [createServer(), createServer(), createServer()] as const
    const listening = servers.map((server, index) => once(server.listen(port + index, '127.0.0.1'), 'listening'))
    if ((await Promise.allSettled(listening)).every(({ status }) => status === 'fulfilled')) return servers
    for (const server of servers) server.close()
  }
  return assert.fail('no three free ports beside each other')
}

test('ports that are taken are named, with what they are for', async () => {
  const [taken, ...others] = await listenSideBySide()
  const { port } = taken.address() as AddressInfo
  for (const other of others) other.close()
  const existing = { zookeeper: '127.0.0.1:1', proxy: '127.0.0.1:1', databaseUrl: 'postgres://127.0.0.1:1/shop' }
  try {
    assert.match(await refusal({ port, existing }), new RegExp(`^Taken: ${port} \\(order-system\\)\\. Stop what listens there .*--port`))
  } finally {
    taken.close()
  }
})

test('a data folder that another cluster has is refused, whatever its ports; a lock that a killed one left is none', async () => {
  const dataDir = join(folder, 'shared')
  const existing = { zookeeper: '127.0.0.1:1', proxy: '127.0.0.1:1', databaseUrl: 'postgres://127.0.0.1:1/shop' }
  const program = `
    const { takeDataFolder } = await import(${JSON.stringify(new URL('data-folder.ts', import.meta.url).href)})
    takeDataFolder({ dataDir: ${JSON.stringify(dataDir)}, port: 1 })
    process.stdout.write('taken')
    setInterval(() => {}, 1_000)
  `
  const other = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(other.stdout, 'data')
  const refused = new RegExp(
    `^The data folder ${dataDir} is in use by process ${other.pid}\\. Stop that cluster first, or .*--data-dir, --port and --engine-ports`,
  )
  assert.match(await refusal({ dataDir, existing }), refused)
  other.kill('SIGKILL')
  await once(other, 'exit')
  takeDataFolder({ program: nothing, dataDir, port: 1 }).release()
})

test('a data folder that cannot be made is refused in words', async () => {
  assert.match(await refusal({ dataDir: '/proc/nowhere', existing: { zookeeper: '127.0.0.1:1', proxy: '127.0.0.1:1' } }), /\/proc\/nowhere/)
})

const disks: readonly (readonly [freeGib: number, usedShare: number, says: RegExp | undefined])[] = [
  [100, 0.5, undefined],
  [2, 0.89, undefined],
  [1.9, 0.5, /has 1\.9 GiB free, and is used to 50 %\. The cluster needs 2 GiB/],
  [100, 0.9, /used to 90 %.* takes no messages on a disk that is fuller than 90 %: make room, or name another --data-dir/],
]
for (const [freeGib, usedShare, says] of disks) {
  test(`a disk with ${freeGib} GiB free, used to ${usedShare * 100} %, ${says === undefined ? 'is enough' : 'is refused'}`, () => {
    if (says === undefined) refuseFull('data', freeGib, usedShare)
    else assert.throws(() => refuseFull('data', freeGib, usedShare), { name: 'StartRefused', message: says })
  })
}
