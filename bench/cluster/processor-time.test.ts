import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { clientName, nameOf, readProcessorTime, spentBetween } from './processor-time.ts'

const commandLines: readonly (readonly [words: readonly string[], name: string])[] = [
  [['node', '--disable-warning=ExperimentalWarning', '/shop/apps/cli/main.ts', 'node', '--run', 'order'], 'order'],
  [['node', '/shop/apps/cli/main.ts', 'node', '--run', 'inventory,coupon'], 'inventory,coupon'],
  [['node', '/shop/apps/cli/main.ts', 'sandbox'], 'sandbox'],
  [['node', '/shop/apps/cli/main.ts', 'start'], 'shop'],
  [['java', '-cp', 'lib/*', 'org.apache.zookeeper.server.quorum.QuorumPeerMain'], 'ZooKeeper'],
  [['java', 'org.apache.rocketmq.namesrv.NamesrvStartup'], 'name servers'],
  [['java', 'org.apache.rocketmq.proxy.ProxyStartup'], 'broker and proxy'],
  [['postgres: suanpan inventory 127.0.0.1(40000) idle'], 'postgres for inventory'],
  [['postgres: walwriter '], 'postgres itself'],
  [['/bin/postgres', '-D', '/data'], 'postgres itself'],
]

for (const [words, name] of commandLines) test(`${words.join(' ').slice(0, 80)} is ${name}`, () => assert.equal(nameOf(words.join('\0')), name))

test('processor time is told by process, of children and of this one', async () => {
  const script = 'const until = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < until); process.stdin.resume()'
  const before = readProcessorTime()
  const child = spawn(process.execPath, ['-e', script, 'start'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const spentMs = () => spentBetween(before, readProcessorTime()).msByName.get('shop') ?? 0
  for (const giveUpAt = Date.now() + 30_000; spentMs() < 250; await new Promise((resolve) => setTimeout(resolve, 20))) {
    assert.ok(Date.now() < giveUpAt, `it has spent ${spentMs()} ms`)
  }
  const { msByName, othersShare } = spentBetween(before, readProcessorTime())
  child.stdin?.end()
  await once(child, 'exit')
  assert.ok(msByName.has(clientName))
  assert.ok(othersShare >= 0 && othersShare <= 1, `${othersShare}`)
})
