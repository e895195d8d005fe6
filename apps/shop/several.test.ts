import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { usePostgres } from '@suanpan/runtime/store/testing'
import { assertAudit } from './testing/books.ts'
import { eventually } from './testing/eventually.ts'
import { commandLine, startProgram, type Program } from './testing/program.ts'
import { callShop } from './testing/shop-calls.ts'

const orderCount = 120
/** So long the driver keeps a connection that nobody needs, and with it a process that does not end itself. */
const idleConnectionMs = 10_000
/** Leases of the one that was killed run out, and its pending orders are swept. */
const settleWithinMs = 60_000

describe('several processes on one database work together', () => {
  let folder: string
  let programs: Program[]

  // Before their database goes.
  after(async () => {
    await Promise.all(programs.map((program) => program.kill()))
    rmSync(folder, { recursive: true })
  })
  const postgres = usePostgres()
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'suanpan-several-'))
    const environment = { DATABASE_URL: await postgres.database(), DATA_DIR: join(folder, 'data'), SAGA_DEADLINE_MS: '2000' }
    // Both at once: they create the same tables, and fill the same empty shop.
    programs = await Promise.all([startProgram(environment), startProgram(environment)])
  })

  test('a start that is refused for one service says so at once', async () => {
    const DATABASE_URL = await postgres.database()
    const newer = join(folder, 'newer', 'points', 'schema')
    mkdirSync(newer, { recursive: true })
    writeFileSync(join(newer, '999_newer.sql'), 'CREATE TABLE newer (id TEXT PRIMARY KEY);')
    const schemas = [pathToFileURL(`${newer}/`)]
    await (await postgres.open(DATABASE_URL, { name: 'points', schemas })).close()
    const beganAt = performance.now()
    const env = { ...process.env, DATABASE_URL, DATA_DIR: join(folder, 'newer'), PORT: '0', SANDBOX_PORT: 'off' }
    const { status, stderr } = spawnSync(process.execPath, [commandLine, 'start'], { env, encoding: 'utf8', timeout: 30_000 })
    assert.match(stderr, /"points": its tables are of version 999/)
    assert.equal(status, 2)
    const tookMs = performance.now() - beganAt
    assert.ok(tookMs < idleConnectionMs, `${tookMs} ms`)
  })

  async function place(program: Program, token: string, key: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://${program.host}:${program.port}/api/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ items: [{ sku: 'tea-longjing-250g', quantity: 1 }], useBalanceFen: 'max' }),
    })
    return { status: answer.status, text: await answer.text() }
  }

  test('the same key sent to both at the same time is one order and one answer', async () => {
    const [one, other] = programs as [Program, Program]
    const calls = await callShop(one)
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, index) => calls.tokenOf(`user-00${String(index + 10)}`)))
    const pairs = await Promise.all(
      Array.from({ length: orderCount }, async (_, index) => {
        const token = tokens[index % tokens.length] ?? ''
        return Promise.all([place(one, token, `both-${index}`), place(other, token, `both-${index}`)])
      }),
    )
    for (const [first, second] of pairs) assert.deepEqual([first.status, first.text], [second.status, second.text])
    assert.equal((await calls.allOrders()).size, orderCount)
  })

  test('one is killed, the other finishes what both began, and the books balance', async () => {
    const [one, other] = programs as [Program, Program]
    const calls = await callShop(other)
    const users = ['user-0098', 'user-0099'] as const
    const [tokenAtOne, tokenAtOther] = await Promise.all(users.map((userId) => calls.tokenOf(userId)))
    const placed = Array.from({ length: orderCount }, (_, index) => {
      const [program, token = ''] = index % 2 === 0 ? [one, tokenAtOne] : [other, tokenAtOther]
      return { token, key: `killed-${index}`, answer: place(program, token, `killed-${index}`).catch(() => undefined) }
    })
    const orders = async () => [...(await calls.allOrders()).values()]
    const begunAtOne = async () => (await orders()).some(({ userId }) => userId === users[0])
    await eventually('an order begun by the one that is killed', settleWithinMs, async () => ((await begunAtOne()) ? [] : ['any']), 1)
    await one.kill()
    await Promise.all(placed.map(({ answer }) => answer))
    const replayed = await Promise.all(placed.map(({ token, key }) => place(other, token, key)))
    for (const { status } of replayed) assert([201, 202, 409].includes(status), String(status))
    await eventually('decided orders', settleWithinMs, async () => (await orders()).filter(({ state }) => state === 'pending'))
    await assertAudit(calls)
  })
})
