import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { portsFrom, startServers } from '@suanpan/rocketmq/servers'
import { startCommand, type StartedCommand } from './testing/started-command.ts'

/** `npm run cluster` as a person meets it, twice on one folder. */
const folder = mkdtempSync(join(tmpdir(), 'suanpan-cluster-'))
// PostgreSQL, which does not run as root, has to enter it.
chmodSync(folder, 0o755)
after(() => rmSync(folder, { recursive: true, force: true }))
const dataDir = join(folder, 'data')
const url = 'http://127.0.0.1:4890'
const parameters = ['--port', '4890', '--engine-ports', '4800', '--data-dir', dataDir]
/** Of a second program on the same servers, and of its own. */
const beside = {
  CLUSTER_ZOOKEEPER: '127.0.0.1:4800,127.0.0.1:4801,127.0.0.1:4802',
  CLUSTER_PROXY: '127.0.0.1:4832',
  DATABASE_URL: 'postgres://suanpan@127.0.0.1:4860/suanpan',
  DATA_DIR: dataDir,
}

interface Running {
  readonly command: StartedCommand
  readonly banner: string
  /** By name, as the table shows them. */
  readonly pids: ReadonlyMap<string, number>
}

async function start(): Promise<Running> {
  const command = startCommand('cluster', {}, parameters)
  const banner = await command.saidUntil(/Ctrl-C/)
  const pids = [...banner.matchAll(/^([a-z][\w-]*) +(\d+) +(?:\d+)? +\S+\.log$/gm)].map(([, name = '', pid]): [string, number] => [name, Number(pid)])
  return { command, banner, pids: new Map(pids) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Names of the processes that are still there, once all have ended or that time is over. */
async function leftAfter(pids: Running['pids'], withinMs: number): Promise<string[]> {
  const left = () => [...pids].flatMap(([name, pid]) => (isAlive(pid) ? [name] : []))
  for (const until = Date.now() + withinMs; left().length > 0 && Date.now() < until;) await sleep(50)
  return left()
}

/** Sends what the banner's curl command would send. */
async function pasteCurl(banner: string): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const headers = [...banner.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']): [string, string] => [name, value])
  const answer = await fetch(`${url}/api/orders`, { method: 'POST', headers, body: /-d '([^']+)'/.exec(banner)?.[1] ?? '' })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

describe('npm run cluster', () => {
  let running: Running

  test('brings everything up, and says what runs where', async () => {
    running = await start()
    const { banner, pids } = running
    assert.match(banner, /算盘 Suanpan is open for business\./)
    assert.match(banner, /100 products, 1,000 users .*just filled in/)
    assert.match(banner, /data +PostgreSQL 127\.0\.0\.1:4860/)
    const services = ['catalog', 'coupon', 'inventory', 'user', 'points', 'order', 'payment', 'log']
    const engines = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3', 'name-server-1', 'name-server-2', 'broker', 'postgres']
    assert.deepEqual([...pids.keys()], [...engines, 'sandbox', ...services, 'payment-system', 'order-system'])
    const { status, body } = await pasteCurl(banner)
    assert.deepEqual([status, body['state']], [201, 'paid'])
  })

  const commands: readonly (readonly [words: string, exitCode: number, says: RegExp])[] = [
    ['token --admin', 0, /^[\w-]+\.[\w-]+\.[\w-]+$/m],
    ['seed', 0, /products +100 unchanged/],
    ['load --orders 300 --concurrency 16', 0, /The books balance/],
    ['audit', 0, /The books balance: \d+ checks, no violation/],
    ['log verify', 0, /The payment log is unbroken: [1-9]/],
    // No bill is out for a day without a trade, and the platforms say so.
    ['reconcile --date 2026-01-01', 2, /no_bill|no bill/i],
  ]
  for (const [words, exitCode, says] of commands) {
    test(`npx suanpan ${words}`, async () => {
      const [name = '', ...rest] = words.split(' ')
      const { exitCode: code, said } = await startCommand(name, {}, [...rest, '--url', url]).ended
      assert.match(said, says)
      assert.equal(code, exitCode, said)
    })
  }

  test('a process that is killed is started again, and says so', async () => {
    const pid = running.pids.get('inventory') ?? 0
    process.kill(pid, 'SIGKILL')
    assert.match(
      await running.command.saidUntil(/inventory \(\d+\) ended/),
      new RegExp(`inventory \\(${pid}\\) ended with SIGKILL; it is started again in 500 ms`),
    )
    const token = /Bearer (\S+?)'/.exec(running.banner)?.[1] ?? ''
    const order = (attempt: number) =>
      fetch(`${url}/api/orders`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': `after-${attempt}` },
        body: JSON.stringify({ items: [{ sku: 'tea-longjing-250g', quantity: 1 }] }),
      })
    let status = 0
    for (let attempt = 1; status !== 201 && attempt < 100; attempt++) {
      status = (await order(attempt)).status
      await sleep(300)
    }
    assert.equal(status, 201)
  })

  test('one more process is started by hand, with two services in it, and leaves in good order', async () => {
    const joined = startCommand('node', { ...beside, LOG_LEVEL: 'warn' }, ['--run', 'inventory,coupon'])
    const said = await joined.saidUntil(/is ready/)
    assert.match(said, /inventory\+coupon is ready\. For operators: http:\/\/127\.0\.0\.1:\d+\/ls/)
    const operations = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? ''
    const asked = async (method: string, path: string) => {
      const answer = await fetch(`${operations}${path}`, { method })
      return `${answer.status} ${await answer.text()}`
    }
    assert.match(await asked('GET', '/ls'), /"isOnline": true/)
    assert.equal(await asked('GET', '/readyz'), '200 ok\n')
    assert.match(await asked('GET', '/metrics'), /suanpan_node_process_cpu_seconds_total\{process="inventory\+coupon"\}/)
    assert.equal(await asked('POST', '/offline'), '200 offline\n')
    assert.match(await asked('GET', '/ls'), /"isOnline": false/)
    assert.equal(await asked('POST', '/online'), '200 online\n')
    joined.child.kill('SIGTERM')
    assert.equal((await joined.ended).exitCode, 0)
  })

  test('one that finds a broker without its topics does not start, and says what is missing', async () => {
    const servers = await startServers(portsFrom(4_900))
    try {
      const refused = startCommand('node', { ...beside, CLUSTER_PROXY: servers.endpoint }, ['--run', 'points'])
      const { exitCode, said } = await refused.ended
      assert.match(
        said,
        /^suanpan: RocketMQ at 127\.0\.0\.1:4902 has not all that is needed: .*points_grant-order_paid on topic order_paid.*npm run cluster -- --engines-only/m,
      )
      assert.equal(exitCode, 2)
    } finally {
      await servers.stop()
    }
  })

  test('where all servers are there already, none is started: topics are made at them, and it says what to set', async () => {
    const existing = { ...beside, CLUSTER_NAMESERVERS: '127.0.0.1:4830;127.0.0.1:4831' }
    const engines = startCommand('cluster', existing, ['--engines-only', '--data-dir', join(folder, 'other')])
    const said = await engines.saidUntil(/Ctrl-C/)
    assert.match(said, /The middleware is ready\..*npx suanpan node --run <names>/)
    assert.match(said, new RegExp(`^export CLUSTER_ZOOKEEPER='${beside.CLUSTER_ZOOKEEPER}'`, 'm'))
    assert.doesNotMatch(said, /starting/)
    engines.child.kill('SIGINT')
    assert.equal((await engines.ended).exitCode, 0)
  })

  test('ends with Ctrl-C within ten seconds, and leaves no process', async () => {
    const { command, pids } = running
    const toldAt = Date.now()
    command.child.kill('SIGINT')
    const { exitCode } = await command.ended
    assert.deepEqual([exitCode, Date.now() - toldAt < 10_000], [0, true])
    assert.deepEqual(await leftAfter(pids, 1_000), [])
  })

  test('begins again where it was; killed without a word, it leaves no process either', async () => {
    const { command, banner, pids } = await start()
    assert.match(banner, /a shop with data is left as it is/)
    const audit = await startCommand('audit', {}, ['--url', url]).ended
    assert.equal(audit.exitCode, 0, audit.said)
    command.child.kill('SIGKILL')
    assert.deepEqual(await leftAfter(pids, 20_000), [])
  })
})
