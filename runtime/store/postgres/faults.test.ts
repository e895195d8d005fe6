import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import { startLine } from '../../testing.ts'
import { systemClock } from '../../time/index.ts'
import type { Store, Transaction } from '../port.ts'
import { account, accounts, addTo, amountsIn, conformanceSchema, insertAccounts } from '../testing/conformance/index.ts'
import { startCuttingProxy, type CuttingProxy } from '../testing/cutting-proxy.ts'
import { openPostgresStore } from './store.ts'

const stores: Store[] = []
const proxies: CuttingProxy[] = []
let server: PostgresServer

before(async () => {
  server = await startPostgres()
})

after(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await server.stop()
})

async function open(connectionString: string): Promise<Store> {
  const store = await openPostgresStore({ name: 'conformance', connectionString, schemas: [conformanceSchema], clock: systemClock(), onError: () => {} })
  stores.push(store)
  return store
}

const ownConnection = 'SELECT pg_backend_pid() AS pid'

/** Ends the server's side of a connection, as an operator does. */
async function terminate(by: Store, pid: unknown): Promise<void> {
  await by.read.query('SELECT pg_terminate_backend($1::int)::text AS done', [Number(pid)])
  const isThere = async () => (await by.read.query('SELECT pid FROM pg_stat_activity WHERE pid = $1', [Number(pid)])).length > 0
  for (const giveUpAt = Date.now() + 30_000; await isThere();) assert.ok(Date.now() < giveUpAt, 'the server does not end it')
  // Its last words are on their way to whoever used it.
  await sleep(20)
}

describe('a connection that is lost', () => {
  const kills: readonly [name: string, killed: (tx: Transaction, kill: () => Promise<void>) => Promise<void>][] = [
    ['before the first write', async (_tx, kill) => kill()],
    [
      'between two reads',
      async (tx, kill) => {
        await tx.lock(accounts, ['a'])
        await kill()
        await tx.get(accounts, ['a'])
      },
    ],
    [
      'after a write that is not committed',
      async (tx, kill) => {
        tx.insert(accounts, [account('c', 1)])
        await tx.get(accounts, ['c'])
        await kill()
      },
    ],
  ]

  for (const [name, killed] of kills) {
    test(`${name}: the transaction is done again, once`, async () => {
      const database = await server.createDatabase()
      const [store, operator] = [await open(database), await open(database)]
      await insertAccounts(store, account('a', 1))
      let runs = 0
      await store.transact(async (tx) => {
        runs++
        const pid = (await tx.query(ownConnection, []))[0]?.['pid']
        await killed(tx, async () => (runs === 1 ? terminate(operator, pid) : undefined))
        const known = (await tx.lock(accounts, ['a'])).get('a') ?? account('a', 0)
        tx.update(accounts, [{ ...known, amount: known.amount + 1 }])
      })
      assert.equal(runs, 2)
      assert.equal((await amountsIn(store))['a'], 2)
    })
  }

  test('because the server took us for gone, in the middle of the transaction: it is done again, once', async () => {
    const store = await open(await server.createDatabase())
    let runs = 0
    await store.transact(async (tx) => {
      tx.insert(accounts, [account('a', 1)])
      if (++runs > 1) return
      await tx.query("SELECT set_config('idle_in_transaction_session_timeout', '50', true) AS set", [])
      await sleep(500)
    })
    assert.equal(runs, 2)
    assert.deepEqual(await amountsIn(store), { a: 1 })
  })

  test('just before the commit, with nothing sent yet: that is no unknown fate, and it is done again', async () => {
    const database = await server.createDatabase()
    const [store, operator] = [await open(database), await open(database)]
    await insertAccounts(store, account('a', 1))
    let runs = 0
    await store.transact(async (tx) => {
      const known = (await tx.lock(accounts, ['a'])).get('a') ?? account('a', 0)
      tx.update(accounts, [{ ...known, amount: known.amount + 1 }])
      const pid = (await tx.query(ownConnection, []))[0]?.['pid']
      tx.insert(accounts, [account('b', 1)])
      if (++runs === 1) await terminate(operator, pid)
    })
    assert.equal(runs, 2)
    assert.deepEqual(await amountsIn(store), { a: 2, b: 1 })
  })

  test('while nobody uses it: the next transaction takes a new one', async () => {
    const database = await server.createDatabase()
    const [store, operator] = [await open(database), await open(database)]
    const pid = (await store.read.query(ownConnection, []))[0]?.['pid']
    await terminate(operator, pid)
    await insertAccounts(store, account('a', 1))
    assert.deepEqual(await amountsIn(store), { a: 1 })
  })

  test('while it is read from: the read is done again', async () => {
    const database = await server.createDatabase()
    const [store, operator] = [await open(database), await open(database)]
    const reading = store.read.query('SELECT pg_backend_pid() AS pid, pg_sleep(1)::text AS slept', [])
    const busy = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%AS slept' AND state = 'active'"
    let pid: unknown
    for (const giveUpAt = Date.now() + 30_000; pid === undefined; pid = (await operator.read.query(busy, []))[0]?.['pid']) {
      assert.ok(Date.now() < giveUpAt, 'nothing is read')
    }
    await terminate(operator, pid)
    assert.notEqual((await reading)[0]?.['pid'], pid)
  })

  test('within a snapshot: the snapshot fails, and the store goes on', async () => {
    const database = await server.createDatabase()
    const [store, operator] = [await open(database), await open(database)]
    const lost = store.snapshot(async (read) => {
      await terminate(operator, (await read.query(ownConnection, []))[0]?.['pid'])
      return read.get(accounts, ['a'])
    })
    await assert.rejects(lost)
    await insertAccounts(store, account('a', 1))
  })
})

describe('a COMMIT without an answer', () => {
  const cuts = [
    { cut: 'before_commit', left: {} },
    { cut: 'after_commit', left: { a: 1 } },
    { cut: 'silence_after_commit', left: { a: 1 } },
  ] as const

  for (const { cut, left } of cuts) {
    test(`${cut}: its fate is told as unknown, it is not done twice, and the store goes on`, async () => {
      const database = await server.createDatabase()
      const proxy = await startCuttingProxy(database)
      proxies.push(proxy)
      const store = await open(`${proxy.connectionString}?query_timeout=500`)
      let runs = 0
      proxy.cutNext(cut)
      const cutOff = store.transact(async (tx) => {
        runs++
        await tx.lock(accounts, ['a'])
        tx.insert(accounts, [account('a', 1)])
        tx.afterCommit(() => assert.fail('nobody knows of the commit'))
      })
      await assert.rejects(cutOff, { name: 'CommitUnknown' })
      assert.equal(runs, 1)
      assert.deepEqual(await amountsIn(await open(database)), left)
      await insertAccounts(store, account('b', 1))
    })
  }
})

describe('connections that carry nothing any more, and do not say so', () => {
  /** As many as a store opens. */
  const connections = 5
  /** Ten seconds until they are given up, and room for a busy machine; audits wait for longer than this. */
  const withinMs = 40_000

  test('are given up after ten seconds, all of them: a transaction and a read succeed soon, on new ones', async () => {
    const database = await server.createDatabase()
    const url = new URL(database)
    const line = await startLine(Number(url.port))
    url.port = String(line.port)
    try {
      const store = await open(url.href)
      await insertAccounts(store, account('a', 1))
      await Promise.all(Array.from({ length: connections }, () => store.read.query('SELECT pg_sleep(0.3)::text AS slept', [])))
      assert.equal(line.passages.size, connections)
      line.silence()
      const begunAt = performance.now()
      await addTo(store, 'a', 1)
      assert.deepEqual(await amountsIn(store), { a: 2 })
      const tookMs = performance.now() - begunAt
      assert.ok(tookMs < withinMs, `it took ${tookMs} ms`)
    } finally {
      await line.close()
    }
  })
})

describe('transactions that stand in each other’s way', () => {
  test('rows are locked in the order of their keys, however they lie in the table', async () => {
    const store = await open(await server.createDatabase())
    await insertAccounts(store, account('c', 1), account('b', 1), account('a', 1))
    const locked = await store.transact(async (tx) => {
      await tx.query("SELECT set_config('enable_indexscan', 'off', true), set_config('enable_bitmapscan', 'off', true)", [])
      return tx.lock(accounts, ['b', 'c', 'a'])
    })
    assert.deepEqual([...locked.keys()], ['a', 'b', 'c'])
  })

  test('however many snapshots are asked for, others find a connection', async () => {
    const store = await open(await server.createDatabase())
    const held = Promise.withResolvers<void>()
    const snapshots = Array.from({ length: 8 }, () => store.snapshot(() => held.promise))
    await insertAccounts(store, account('a', 1))
    held.resolve()
    await Promise.all(snapshots)
    assert.deepEqual(await amountsIn(store), { a: 1 })
  })

  test('a deadlock over statements of their own is broken, and both are done', async () => {
    const store = await open(await server.createDatabase())
    await insertAccounts(store, account('a', 0), account('b', 0))
    let runs = 0
    let bothHoldOne = 0
    let go = (): void => {}
    const both = new Promise<void>((resolve) => (go = resolve))
    const lockOneByOne = (first: string, second: string) =>
      store.transact(async (tx) => {
        runs++
        const one = (await tx.lock(accounts, [first])).get(first) ?? account(first, 0)
        if (++bothHoldOne === 2) go()
        await both
        const other = (await tx.lock(accounts, [second])).get(second) ?? account(second, 0)
        tx.update(
          accounts,
          [one, other].map((row) => ({ ...row, amount: row.amount + 1 })),
        )
      })
    await Promise.all([lockOneByOne('a', 'b'), lockOneByOne('b', 'a')])
    // At least one of them was the victim; its second try may be quick enough to meet the other in the same way again.
    assert.ok(runs >= 3)
    assert.deepEqual(await amountsIn(store), { a: 2, b: 2 })
  })
})

test('what was committed survives a power cut, and the store finds the server again', async () => {
  const own = await startPostgres()
  try {
    const store = await open(await own.createDatabase())
    await insertAccounts(store, account('a', 1))
    await own.crash()
    await own.restart()
    await addTo(store, 'a', 1)
    assert.deepEqual(await amountsIn(store), { a: 2 })
    await store.close()
  } finally {
    await own.stop()
  }
})

test('a key longer than what the server can look up is refused for good, and no outage', async () => {
  const store = await open(await server.createDatabase())
  // Of random letters: what repeats itself is pressed together, and fits.
  const key = Array.from({ length: 6_000 }, () => randomInt(36).toString(36)).join('')
  await assert.rejects(insertAccounts(store, account(key, 1)), { name: 'ConstraintViolated' })
})

test('a connection string that sends the tables elsewhere is refused', async () => {
  const database = await server.createDatabase()
  await assert.rejects(open(`${database}?options=-c%20search_path%3Dpublic`), { name: 'StoreRefused', message: /search_path/ })
})
