import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { OrderServiceDefinition, OrderState, type ListOrdersResponse } from '@suanpan/contracts/order'
import { startZooKeepers, type ZooKeepers } from '@suanpan/dubbo/servers'
import { startProgram, type Program } from '@suanpan/dubbo/testing'
import { openDubboRpc, type DubboRpc } from '@suanpan/rpc-dubbo'
import type { Client } from '@suanpan/runtime/rpc'
import { echo } from '@suanpan/runtime/rpc/testing'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { further, type Told } from './testing/asked.ts'
import { startLoad, type Counts, type Load } from './testing/load.ts'

/** Processes that call each other while some of them, or the registry, are killed, frozen and restarted. */
const clock = systemClock()
/** All that were ever started, by name. */
const providers = new Map<string, Program>()
let zookeepers: ZooKeepers
let front: DubboRpc
let calls: Client<typeof echo>

const loops = 4

const openHere = (application: string): DubboRpc =>
  openDubboRpc({ application, zookeeper: zookeepers.servers, host: '127.0.0.1', clock, random: systemRandom, maxCalls: 1_000, onError: () => {} })

async function startProvider(name: string, settings: Readonly<Record<string, string>> = {}): Promise<Program> {
  const file = fileURLToPath(new URL('./testing/provider.ts', import.meta.url))
  const environment = { ZK: zookeepers.servers.join(','), NAME: name, ...settings }
  const provider = startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', file], environment)
  providers.set(name, provider)
  await provider.line('READY')
  return provider
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const overAt = clock.now() + 60_000; !(await holds()); await clock.sleep(50)) assert.ok(clock.now() < overAt, what)
}

const knownProviders = (): number => front.health().providers[echo.fullName] ?? 0
const untilKnown = (count: number): Promise<void> => until(`${count} providers are known`, () => knownProviders() === count)
const total = (counts: Counts['answered']): number => Object.values(counts).reduce((sum, each) => sum + each, 0)

/** How often each call was begun, anywhere. */
function begun(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { lines } of providers.values())
    for (const line of lines) if (line.startsWith('BEGUN ')) counts.set(line.slice(6), (counts.get(line.slice(6)) ?? 0) + 1)
  return counts
}

/** Each of them was begun once, no more and no less. */
async function assertBegunOnce(ids: readonly string[]): Promise<void> {
  assert.ok(ids.length > 100, `${ids.length} calls are too few to tell`)
  let counts = begun()
  // The lines come by pipes of their own.
  await until('the last line of each process is here', () => {
    counts = begun()
    return ids.every((id) => counts.has(id))
  })
  const wrong = ids.filter((id) => counts.get(id) !== 1)
  assert.deepEqual(wrong, [])
}

/** Resolves with the ids of the calls that were made meanwhile. */
async function underLoad(name: string, timeoutMs: number, work: (load: Load) => Promise<void>): Promise<readonly string[]> {
  const load = startLoad(calls, name, loops, timeoutMs)
  try {
    await work(load)
  } catch (error) {
    await load.stop()
    throw error
  }
  return load.stop()
}

/** Under this load no call fails, and each is begun once. */
async function assertNothingFails(name: string, work: () => Promise<void>): Promise<void> {
  const ids = await underLoad(name, 10_000, async (load) => {
    await work()
    const { failed } = load.look()
    assert.deepEqual(failed, {})
  })
  await assertBegunOnce(ids)
}

before(async () => {
  zookeepers = await startZooKeepers(21_240)
  front = openHere('front')
  calls = front.rpc.client(echo)
  await front.start()
})

after(async () => {
  await front.close()
  await Promise.all([...providers.values()].map((provider) => provider.signal('SIGKILL')))
  await zookeepers.stop()
})

test('nobody provides it: the call has surely not begun, and does not wait for its deadline', async () => {
  assert.deepEqual(await front.untilProvided(100), [echo.fullName])
  const deadlineAt = clock.now() + 60_000
  assert.deepEqual(await calls.say('', { deadlineAt }), { kind: 'not_processed', because: 'unreachable' })
  assert.ok(clock.now() < deadlineAt - 30_000)
})

test('deadline and trace go along, from process to process', async () => {
  await Promise.all([startProvider('one'), startProvider('beyond', { INSTANCE: further })])
  assert.deepEqual(await front.untilProvided(60_000), [])
  const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01'
  const reply = await calls.say(JSON.stringify({ id: 'trace', waitMs: 1_000, further: true }), { deadlineAt: clock.now() + 30_000, traceparent })
  assert.ok(reply.kind === 'answered')
  const { leftMs, further: beyond, ...told } = JSON.parse(reply.response) as Told
  assert.deepEqual([told, beyond?.by, beyond?.traceparent], [{ by: 'one', traceparent }, 'beyond', traceparent])
  assert.ok(leftMs > 0 && leftMs <= 30_100, `${leftMs} ms`)
  // It is the caller's deadline, not a new one: what the first process took is gone.
  assert.ok((beyond?.leftMs ?? Infinity) <= leftMs - 900, `${beyond?.leftMs ?? 'nothing'} ms of ${leftMs} ms`)
})

test('a page of a thousand orders as long as they may be arrives whole', async () => {
  const items = Array.from({ length: 50 }, (_, line) => ({
    sku: `sku-${line}`.padEnd(64, 'x'),
    title: '算'.repeat(200),
    quantity: 999,
    unitPriceFen: 100_000_000_000,
  }))
  const order = {
    orderId: 'o'.repeat(64),
    userId: 'u'.repeat(64),
    state: OrderState.PAID,
    items,
    itemsFen: 1,
    discountFen: 0,
    balanceFen: 0,
    payableFen: 1,
    createdAt: 1,
    expiresAt: 2,
    cancelReason: undefined,
    couponId: undefined,
    refundedFen: 0,
  }
  const page: ListOrdersResponse = { orders: Array.from({ length: 1_000 }, () => order), nextBeforeOrderId: 'o' }
  const listing = { fullName: OrderServiceDefinition.fullName, methods: { listOrders: OrderServiceDefinition.methods.listOrders } }
  const books = openHere('books')
  books.rpc.provide(listing, { listOrders: async () => page })
  await books.start()
  const { listOrders } = front.rpc.client(listing)
  await front.untilProvided(60_000)
  const reply = await listOrders({ userId: '', limit: 1_000, beforeOrderId: '' }, { deadlineAt: clock.now() + 60_000 })
  assert.ok(reply.kind === 'answered', JSON.stringify(reply))
  assert.deepEqual([reply.response.orders.length, reply.response.orders[999]], [1_000, order])
  await books.close()
})

describe('providers', () => {
  test('killed: the fate of what was under way is unknown, nothing is begun twice, and the others answer the rest', async () => {
    await startProvider('two')
    await untilKnown(2)
    await underLoad('killed', 10_000, async (load) => {
      const slow = Array.from({ length: 8 }, (_, index) =>
        calls.say(JSON.stringify({ id: `slow ${index}`, waitMs: 3_000, further: false }), { deadlineAt: clock.now() + 20_000 }),
      )
      await until('all are under way', () => [...begun().keys()].filter((id) => id.startsWith('slow')).length === slow.length)
      await providers.get('one')?.signal('SIGKILL')
      const lost = (await Promise.all(slow)).filter(({ kind }) => kind !== 'answered')
      assert.ok(lost.length > 0 && lost.length < slow.length, 'both had some of them')
      for (const reply of lost) assert.deepEqual(reply, { kind: 'unknown', because: 'connection' })
      const { failed } = load.look()
      // Of each loop the one call that the killed process may have begun.
      assert.ok(
        Object.entries(failed).every(([fate, count]) => fate === 'unknown, connection' && count <= loops),
        JSON.stringify(failed),
      )
    })
    const twice = [...begun()].filter(([, count]) => count !== 1)
    assert.deepEqual(twice, [])
  })

  test('restarted one after the other: no call is lost', async () => {
    await startProvider('a0')
    await providers.get('two')?.signal('SIGTERM')
    await startProvider('b0')
    await assertNothingFails('restarts', async () => {
      for (const round of [1, 2, 3])
        for (const name of ['a', 'b']) {
          await startProvider(`${name}${round}`)
          await providers.get(`${name}${round - 1}`)?.signal('SIGTERM')
        }
    })
  })

  test('frozen: whoever does not answer gets no more than the calls it already has', async () => {
    await untilKnown(2)
    await underLoad('frozen', 1_000, async (load) => {
      await clock.sleep(500)
      load.look()
      await providers.get('a3')?.signal('SIGSTOP')
      await clock.sleep(6_000)
      const { answered, failed } = load.look()
      await providers.get('a3')?.signal('SIGCONT')
      assert.ok(total(failed) > 0 && total(failed) * 20 < total(answered), JSON.stringify({ answered, failed }))
    })
  })
})

describe('ZooKeeper', () => {
  test('each server killed in turn, and back: no failed call', () =>
    assertNothingFails('killed servers', async () => {
      for (const index of [0, 1, 2]) {
        await zookeepers.kill(index)
        await clock.sleep(3_000)
        await zookeepers.restart(index)
      }
    }))

  test('each server frozen in turn for longer than it takes to notice: no failed call', () =>
    assertNothingFails('frozen servers', async () => {
      for (const index of [0, 1, 2]) {
        await zookeepers.freeze(index)
        await clock.sleep(8_000)
        await zookeepers.thaw(index)
        await clock.sleep(3_000)
      }
    }))

  test('all servers away for longer than a session: calls go on; once they are back, new processes are found', () =>
    assertNothingFails('no servers', async () => {
      for (const index of [0, 1, 2]) await zookeepers.kill(index)
      await clock.sleep(15_000)
      assert.equal(front.health().isConnected, false)
      await Promise.all([0, 1, 2].map((index) => zookeepers.restart(index)))
      const late = await startProvider('late')
      await until('the late one is asked', () => late.lines.some((line) => line.startsWith('BEGUN')))
      assert.equal(front.health().isConnected, true)
    }))
})
