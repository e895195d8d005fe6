import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { portsFrom, startServers } from '@suanpan/rocketmq/servers'
import { leftAfter, pasteCurl, startRunningCluster, type RunningCluster } from './testing/running-cluster.ts'
import { startCommand } from './testing/started-command.ts'

/** `npm run cluster` as a person meets it, twice on one folder: the second time with `--ha`. */
const folder = mkdtempSync(join(tmpdir(), 'suanpan-cluster-'))
// PostgreSQL, which does not run as root, has to enter it.
chmodSync(folder, 0o755)
after(() => rmSync(folder, { recursive: true, force: true }))
const dataDir = join(folder, 'data')
const url = 'http://127.0.0.1:4890'
/** Of the second order system, with `--ha`. */
const double = 'http://127.0.0.1:4900'
const parameters = ['--port', '4890', '--engine-ports', '4800', '--data-dir', dataDir]
/** Of a second program on the same servers, and of its own. */
const beside = {
  CLUSTER_ZOOKEEPER: '127.0.0.1:4800,127.0.0.1:4801,127.0.0.1:4802',
  CLUSTER_PROXY: '127.0.0.1:4832',
  DATABASE_URL: 'postgres://suanpan@127.0.0.1:4860/inventory',
  DATA_DIR: dataDir,
}

const start = (...more: readonly string[]): Promise<RunningCluster> => startRunningCluster([...parameters, ...more])

const serversBefore = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3', 'name-server-1', 'name-server-2']
const services = ['catalog', 'coupon', 'inventory', 'user', 'points', 'order', 'payment', 'log']
const twice = (names: readonly string[]) => names.flatMap((name) => [`${name}-1`, `${name}-2`])

/** Those of the ports that take a connection at this address. A server on every interface takes them at any 127.x. */
async function openAmong(address: string, ports: readonly number[]): Promise<number[]> {
  const taken = await Promise.all(
    ports.map(
      (port) =>
        new Promise<boolean>((resolve) => {
          const socket = connect(port, address, () => resolve(true))
          socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
        }),
    ),
  )
  return ports.filter((_, index) => taken[index])
}

/** Places unpaid orders, and cancels each, so that their stock is taken and given back; answers what statuses there were. */
async function placeAndCancel(banner: string, name: string, count: number): Promise<string[]> {
  const headers = { authorization: `Bearer ${/Bearer (\S+?)'/.exec(banner)?.[1] ?? ''}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ items: [{ sku: 'tea-longjing-250g', quantity: 1 }] })
  const one = async (_: unknown, index: number): Promise<string> => {
    const placed = await fetch(`${url}/api/orders`, { method: 'POST', headers: { ...headers, 'idempotency-key': `${name}-${index}` }, body })
    const { orderId } = (await placed.json()) as { readonly orderId: string }
    const cancelled = await fetch(`${url}/api/orders/${orderId}/cancel`, { method: 'POST', headers, body: '{}' })
    return `${placed.status} ${cancelled.status}`
  }
  return [...new Set(await Promise.all(Array.from({ length: count }, one)))]
}

describe('npm run cluster', () => {
  let running: RunningCluster

  test('brings everything up, and says what runs where', async () => {
    running = await start()
    const { banner, pids } = running
    assert.match(banner, /算盘 Suanpan is open for business\./)
    assert.match(banner, /100 products, 1,000 users .*just filled in/)
    assert.match(banner, /data +PostgreSQL 127\.0\.0\.1:4860/)
    assert.deepEqual([...pids.keys()], [...serversBefore, 'broker', 'postgres', 'sandbox', ...services, 'payment-system', 'order-system'])
    const { status, body } = await pasteCurl(banner, url)
    assert.deepEqual([status, body['state']], [201, 'paid'])
  })

  test('is there for this machine alone: nothing of it listens on another address than 127.0.0.1', async () => {
    const ports = [...Array.from({ length: 80 }, (_, index) => 4_800 + index), 4_890, 4_891, 4_892]
    const [here, elsewhere] = await Promise.all([openAmong('127.0.0.1', ports), openAmong('127.0.0.2', ports)])
    assert.ok(
      [4_800, 4_830, 4_832, 4_833, 4_840, 4_860, 4_890].every((port) => here.includes(port)),
      String(here),
    )
    assert.deepEqual(elsewhere, [])
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

  test('one more process of a service is started by hand on its database, orders go over both, and it leaves in good order', async () => {
    const joined = startCommand('node', { ...beside, LOG_LEVEL: 'warn' }, ['--run', 'inventory'])
    const said = await joined.saidUntil(/is ready/)
    assert.match(said, /inventory is ready\. For operators: http:\/\/127\.0\.0\.1:\d+\/ls/)
    const operations = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? ''
    const asked = async (method: string, path: string) => {
      const answer = await fetch(`${operations}${path}`, { method })
      return `${answer.status} ${await answer.text()}`
    }
    assert.match(await asked('GET', '/ls'), /"isOnline": true/)
    assert.equal(await asked('GET', '/readyz'), '200 ok\n')
    assert.match(await asked('GET', '/metrics'), /suanpan_node_process_cpu_seconds_total\{process="inventory"\}/)
    assert.deepEqual(await placeAndCancel(running.banner, 'over-both', 40), ['201 200'])
    assert.equal(await asked('POST', '/offline'), '200 offline\n')
    assert.match(await asked('GET', '/ls'), /"isOnline": false/)
    assert.equal(await asked('POST', '/online'), '200 online\n')
    joined.child.kill('SIGTERM')
    assert.equal((await joined.ended).exitCode, 0)
    await untilAuditIsClean(url)
  })

  test('one on another database than its service has is refused, and changes nothing', async () => {
    const refused = startCommand('node', { ...beside, DATABASE_URL: 'postgres://suanpan@127.0.0.1:4860/suanpan' }, ['--run', 'inventory,coupon'])
    const placed = await placeAndCancel(running.banner, 'beside-a-refused-one', 40)
    const { exitCode, said } = await refused.ended
    const other = String.raw`(inventory|coupon) \(process \d+ at 127\.0\.0\.1\)`
    assert.match(said, new RegExp(`^suanpan: The service (inventory|coupon) has its data in another database than this DATABASE_URL: ${other} runs on it`, 'm'))
    assert.deepEqual([placed, exitCode], [['201 200'], 2])
    await untilAuditIsClean(url)
  })

  test('one that finds a broker without its topics does not start, and says what is missing', async () => {
    const servers = await startServers(portsFrom(4_900))
    try {
      const points = { ...beside, DATABASE_URL: 'postgres://suanpan@127.0.0.1:4860/points' }
      const refused = startCommand('node', { ...points, CLUSTER_PROXY: servers.endpoint }, ['--run', 'points'])
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
    const existing = { ...beside, CLUSTER_NAMESERVERS: '127.0.0.1:4830,127.0.0.1:4831' }
    const engines = startCommand('cluster', existing, ['--engines-only', '--data-dir', join(folder, 'other')])
    const said = await engines.saidUntil(/Ctrl-C/)
    assert.match(said, /The middleware is ready\..*npx suanpan node --run <names>/)
    assert.match(said, new RegExp(`^export CLUSTER_ZOOKEEPER='${beside.CLUSTER_ZOOKEEPER}'`, 'm'))
    assert.doesNotMatch(said, /starting/)
    engines.child.kill('SIGINT')
    assert.equal((await engines.ended).exitCode, 0)
  })

  test('killed without a word, it leaves no process', async () => {
    running.command.child.kill('SIGKILL')
    assert.deepEqual(await leftAfter(running.pids, 20_000), [])
  })
})

/** On a machine that is busy with other things; on an idle one it is a few seconds. */
const withinMs = 60_000
const againAfterMs = 300

/** Each process that runs is listed with where it tells its measurements: two of each, once those that were killed are back. */
async function untilAllAreMeasured(): Promise<readonly string[]> {
  for (const until = Date.now() + withinMs; ; await sleep(againAfterMs)) {
    const listed = JSON.parse(readFileSync(join(dataDir, 'metrics-targets.json'), 'utf8')) as readonly { readonly targets: readonly string[] }[]
    const targets = listed.flatMap((each) => each.targets)
    const answers = await Promise.allSettled(targets.map(async (target) => (await fetch(`http://${target}/metrics`)).text()))
    const measured = answers.filter((answer) => answer.status === 'fulfilled' && answer.value.includes('_process_cpu_seconds_total'))
    if (listed.length === 2 * (services.length + 2) && measured.length === targets.length) return targets
    assert.ok(Date.now() < until, `${measured.length} of ${targets.length} tell their measurements`)
  }
}

async function untilAuditIsClean(system: string): Promise<void> {
  for (const until = Date.now() + withinMs; ; await sleep(againAfterMs)) {
    const { exitCode, said } = await startCommand('audit', {}, ['--url', system]).ended
    if (exitCode === 0 && !said.includes('not judged')) return
    assert.ok(Date.now() < until, said)
  }
}

/** Nothing is there only once, but for PostgreSQL and the sandbox. */
describe('npm run cluster -- --ha, on the folder of the one that was killed', () => {
  let running: RunningCluster

  /** Places orders over one system until one is taken; answers how many were not. */
  async function placeOrder(system: string, name: string): Promise<number> {
    const changed = { 'content-type': 'application/json' }
    const begun = Date.now()
    for (let refused = 0; ; refused++) {
      const { status } = await pasteCurl(running.banner, system, { ...changed, 'idempotency-key': `${name}-${refused}` }).catch(() => ({ status: 0 }))
      if (status === 201) return refused
      assert.ok(Date.now() - begun < withinMs, `${name}: the last answer was ${status}`)
      await sleep(againAfterMs)
    }
  }

  test('begins again where that was, with two of everything, and takes orders at both systems', async () => {
    running = await start('--ha')
    const { banner, pids } = running
    assert.match(banner, /a shop with data is left as it is/)
    assert.deepEqual(
      [...pids.keys()],
      [...serversBefore, 'broker-a', 'broker-b', 'proxy', 'postgres', 'sandbox', ...twice([...services, 'payment-system', 'order-system'])],
    )
    const { status, body } = await pasteCurl(banner, url)
    assert.equal(status, 201)
    const again = await pasteCurl(banner, double)
    assert.deepEqual([again.status, again.body['orderId']], [201, body['orderId']])
    await untilAuditIsClean(double)
  })

  test('with one broker and one process of each killed, orders go on, and the books balance', async () => {
    for (const name of ['broker-a', ...[...services, 'payment-system', 'order-system'].map((each) => `${each}-1`)]) {
      process.kill(running.pids.get(name) ?? 0, 'SIGKILL')
    }
    for (const name of ['first', 'second', 'third']) await placeOrder(double, name)
    await placeOrder(url, 'at the one that is back')
    await untilAuditIsClean(double)
  })

  test('ends with Ctrl-C within ten seconds, and leaves no process', async () => {
    const { command, pids } = running
    const targets = await untilAllAreMeasured()
    const toldAt = Date.now()
    command.child.kill('SIGINT')
    const { exitCode } = await command.ended
    assert.deepEqual([exitCode, Date.now() - toldAt < 10_000], [0, true])
    assert.deepEqual(await leftAfter(pids, 1_000), [])
    // Those that were killed had come again, under other numbers.
    const answers = await Promise.allSettled(targets.map((target) => fetch(`http://${target}/healthz`)))
    assert.ok(answers.every(({ status }) => status === 'rejected'))
  })
})
