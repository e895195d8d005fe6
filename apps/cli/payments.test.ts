import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { emptyChain, hashOf, type SealedEntry } from '@suanpan/log/chain'
import { runCommandLine } from './command-line.ts'
import { commands } from './commands/index.ts'
import { recordedTerminal } from './testing.ts'

/** Entries as the shop seals them. */
function chainOf(length: number, at = 1_000): SealedEntry[] {
  let previousHash = emptyChain.hash
  return Array.from({ length }, (_, index) => {
    const unsealed = { sequence: index + 1, at, topic: 'order.paid', messageId: `m${index}`, orderId: 'ord_1', detail: '{}', previousHash }
    previousHash = hashOf(unsealed)
    return { ...unsealed, hash: previousHash }
  })
}

const pageSize = 1_000
const difference = { kind: 'theirs_only', paymentId: 'pay_1', orderId: 'ord_1', ourFen: 0, theirFen: 12_345, detail: 'we say pending' }
const settled = { ...difference, nextStep: 'settled as a lost notification', needsPerson: false }
const open = { ...difference, kind: 'amount_differs', paymentId: 'pay_2', nextStep: 'in the quarantine', needsPerson: true }
const agreed = { date: '2026-11-25', billEntries: 3, matched: 2, paidFen: 123_456_789, refundedFen: 50, differences: [] as object[] }

let server: Server
let url: string
let entries: readonly SealedEntry[] = []
/** What the shop answers about each platform's bill. */
let bills: { readonly [channel: string]: readonly [status: number, body: object] } = {}

before(async () => {
  server = createServer((request, reply) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const [status, answer] = answerTo(request.url ?? '', body)
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

function answerTo(path: string, body: string): readonly [status: number, body: object] {
  if (path === '/api/demo/sign-in') return [200, { token: 'a.b.c' }]
  if (path === '/admin/reconciliations') return bills[(JSON.parse(body) as { channel: string }).channel] ?? [500, {}]
  const start = Number(new URL(path, url).searchParams.get('cursor') ?? 0)
  const items = entries.slice(start, start + pageSize)
  return [200, { items, ...(items.length === pageSize ? { next: String(start + pageSize) } : {}) }]
}

async function run(...words: string[]) {
  const terminal = recordedTerminal()
  const exitCode = await runCommandLine(commands, [...words, '--url', url], terminal)
  return { exitCode, printed: terminal.printed.join('\n'), complained: terminal.complained.join('\n') }
}

describe('log verify', () => {
  const whole = chainOf(2_500)
  const [newest] = whole.slice(-1)
  assert.ok(newest !== undefined)
  const known = (sequence: number) => ['--known', `${sequence}:${whole[sequence - 1]?.hash ?? ''}`]
  const other = chainOf(2_500, 2_000)
  const tampered = whole.map((entry) => (entry.sequence === 2_001 ? { ...entry, detail: '{"a":1}' } : entry))
  const cases: readonly { what: string; log: readonly SealedEntry[]; flags?: readonly string[]; exitCode: number; printed: RegExp; unproven?: RegExp }[] = [
    { what: 'an empty log', log: [], exitCode: 0, printed: /unbroken: 0 entries/ },
    { what: 'a log of several pages', log: whole, exitCode: 0, printed: new RegExp(`unbroken: 2,500 entries\\.\nnewest entry: 2500:${newest.hash}$`) },
    { what: 'a log whose number of entries is a whole number of pages', log: whole.slice(0, 2_000), exitCode: 0, printed: /unbroken: 2,000 entries/ },
    {
      what: 'an entry changed',
      log: tampered,
      exitCode: 1,
      printed: /broken at entry 2,001\.\n.*entry 2001 was changed.*\n.*The 2,000 entries before it fit together; nothing/,
    },
    {
      what: 'an entry changed after the known one',
      log: tampered,
      flags: known(1_042),
      exitCode: 1,
      printed: /fit together, and those up to 1,042 are as they were/,
    },
    { what: 'an entry gone', log: whole.toSpliced(1_000, 1), exitCode: 1, printed: /broken at entry 1,001\./ },
    { what: 'the known entry there', log: whole, flags: known(2_500), exitCode: 0, printed: /unbroken/ },
    {
      what: 'the end cut off',
      log: whole.slice(0, 2_400),
      flags: known(2_500),
      exitCode: 1,
      printed: /cut off at its end\.\n.*removed\n.*2,400 entries that are left fit together/,
      unproven: /as they were/,
    },
    {
      what: 'written anew from its start',
      log: other,
      flags: known(1_042),
      exitCode: 1,
      printed: /was written anew\.\n.*entry 1042 is not the one that was written down/,
      unproven: /1,041|fit together|as they were/,
    },
    {
      what: 'written anew up to the known entry, and broken there',
      log: [...other.slice(0, 1_042), ...whole.slice(1_042)],
      flags: known(1_042),
      exitCode: 1,
      printed: /was written anew\.\n.*entry 1042/,
      unproven: /fit together|as they were/,
    },
  ]
  for (const { what, log, flags = [], exitCode, printed, unproven } of cases) {
    test(`${what}: exit code ${exitCode}`, async () => {
      entries = log
      const ran = await run('log', 'verify', ...flags)
      assert.equal(ran.exitCode, exitCode)
      assert.match(ran.printed, printed)
      if (unproven !== undefined) assert.doesNotMatch(ran.printed, unproven)
      assert.equal((await run('log', 'verify', '--json', ...flags)).exitCode, exitCode)
    })
  }

  test('--json claims nothing of the entries before one that was written anew', async () => {
    entries = other
    const { because: _, ...found } = JSON.parse((await run('log', 'verify', '--json', ...known(7))).printed) as { because: string }
    assert.deepEqual(found, { ok: false, kind: 'written_anew', sequence: 7 })
  })

  test('--json names the same', async () => {
    entries = tampered
    const { printed } = await run('log', 'verify', '--json')
    const { ok, kind, sequence } = JSON.parse(printed) as { ok: boolean; kind: string; sequence: number }
    assert.deepEqual([ok, kind, sequence], [false, 'chain_broken', 2_001])
  })

  for (const words of [[], ['check'], ['verify', 'now'], ['verify', '--known', '12'], ['verify', '--known', '0:00']]) {
    test(`"suanpan log ${words.join(' ')}" is refused`, async () => assert.equal((await run('log', ...words)).exitCode, 2))
  }
})

describe('reconcile', () => {
  const notOffered = [409, { code: 'channel_not_offered', title: 'Not offered.' }] as const
  const noBill = [409, { code: 'no_bill', title: 'No bill yet.' }] as const
  const done = (channel: string, ...differences: object[]) => [200, { ...agreed, channel, differences }] as const
  const date = ['--date', '2026-11-25']
  const cases: readonly { what: string; words: readonly string[]; bills: typeof bills; exitCode: number; printed: RegExp; complained?: RegExp }[] = [
    {
      what: 'both platforms agree',
      words: date,
      bills: { alipay: done('alipay'), wechat: done('wechat') },
      exitCode: 0,
      printed: /^alipay 2026-11-25\n {2}3 lines in the bill: paid ¥1,234,567\.89, refunded ¥0\.50; 2 agree with the books\n {2}No difference\.\nwechat/,
    },
    {
      what: 'a platform that the shop does not offer is passed over',
      words: date,
      bills: { alipay: done('alipay'), wechat: notOffered },
      exitCode: 0,
      printed: /^alipay/,
    },
    {
      what: 'what settles itself',
      words: date,
      bills: { alipay: done('alipay', settled), wechat: notOffered },
      exitCode: 0,
      printed: /theirs only +pay_1 +ord_1 +¥0\.00 +¥123\.45 +itself/,
    },
    {
      what: 'what needs a person',
      words: date,
      bills: { alipay: done('alipay', settled, open), wechat: done('wechat') },
      exitCode: 1,
      printed: /amount differs +pay_2 .* a person\n +we say pending; in the quarantine/,
    },
    {
      what: 'no bill yet: the other platform is held against the books all the same',
      words: date,
      bills: { alipay: noBill, wechat: done('wechat', open) },
      exitCode: 2,
      printed: /^wechat/,
      complained: /no_bill/,
    },
  ]
  const refused: readonly { what: string; words: readonly string[]; bills: typeof bills; complained: RegExp }[] = [
    { what: 'asked for by name, and not offered', words: [...date, '--channel', 'wechat'], bills: { wechat: notOffered }, complained: /channel_not_offered/ },
    { what: 'no platform at all', words: date, bills: { alipay: notOffered, wechat: notOffered }, complained: /no platform/ },
    { what: 'no day', words: [], bills: {}, complained: /say which day/ },
    { what: 'a platform that nobody knows', words: [...date, '--channel', 'cash'], bills: {}, complained: /--channel is alipay or wechat, not "cash"/ },
  ]
  const all = [...cases, ...refused.map((each) => ({ ...each, exitCode: 2, printed: /^$/ }))]
  for (const { what, words, bills: answers, exitCode, printed, complained = /^$/ } of all) {
    test(`${what}: exit code ${exitCode}`, async () => {
      bills = answers
      const ran = await run('reconcile', ...words)
      assert.deepEqual([ran.exitCode, (await run('reconcile', '--json', ...words)).exitCode], [exitCode, exitCode], ran.complained)
      assert.match(ran.printed, printed)
      assert.match(ran.complained, complained)
    })
  }
})
