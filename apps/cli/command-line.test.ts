import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { handedOnSettings } from '@suanpan/cluster/settings'
import { accountSettings, settings } from '@suanpan/hosting'
import { nodeSettings } from '@suanpan/node/settings'
import { runCommandLine } from './command-line.ts'
import { commands } from './commands/index.ts'
import { recordedTerminal } from './testing.ts'

async function run(...words: string[]) {
  const terminal = recordedTerminal()
  const exitCode = await runCommandLine(commands, words, terminal)
  return { exitCode, printed: terminal.printed.join('\n'), complained: terminal.complained.join('\n') }
}

for (const words of [[], ['help'], ['--help'], ['-h'], ['help', '--help']]) {
  test(`"suanpan ${words.join(' ')}" lists every command`, async () => {
    const { exitCode, printed } = await run(...words)
    assert.equal(exitCode, 0)
    for (const { name, summary } of commands) assert.match(printed, new RegExp(`^ {2}${name} +${summary}$`, 'm'))
  })
}

for (const { name } of commands) {
  test(`"help ${name}" and "${name} --help" say the same, with examples`, async () => {
    const [help, flag] = [await run('help', name), await run(name, '--help')]
    assert.deepEqual([help.exitCode, flag.exitCode, help.printed], [0, 0, flag.printed])
    assert.match(help.printed, /\nExamples\n.*suanpan/s)
  })
}

const settingsOf = { start: { ...settings, ...accountSettings }, node: { ...settings, ...accountSettings, ...nodeSettings }, cluster: handedOnSettings }

for (const [name, taken] of Object.entries(settingsOf)) {
  test(`"${name} --help" lists every setting, and no secret as a flag`, async () => {
    const { printed } = await run(name, '--help')
    const words = new Set(printed.match(/[-\w]+/g))
    assert.deepEqual(
      Object.keys(taken).filter((setting) => !words.has(setting)),
      [],
    )
    assert.doesNotMatch(printed, /--(jwt-secret|database-url|alipay|wechat)/)
  })
}

test('--version prints the version', async () => assert.match((await run('--version')).printed, /^\d+\.\d+\.\d+$/))

const refused: readonly (readonly [words: readonly string[], complaint: RegExp])[] = [
  [['lod'], /there is no command "lod"; there are .*load.*\nTry: npx suanpan help$/],
  [['help', 'lod'], /there is no command "lod"/],
  [['audit', '--jsn'], /Unknown option '--jsn'\nTry: npx suanpan help audit$/],
  [['audit', 'now'], /audit takes only flags, not "now"/],
  [['load', '--rate', 'fast'], /--rate is a whole number/],
  [['load', '--lines', '3', '--sku-count', '2'], /--lines/],
  [['token', '--admin', '--user', 'x'], /exclude each other/],
  [['audit', '--url', 'shop'], /shop is not an http:\/\/ or https:\/\/ address/],
  [['audit', '--url', 'http://127.0.0.1:2'], /no shop answers at http:\/\/127\.0\.0\.1:2; is it running/],
  [['audit', '--url', 'http://127.0.0.1:6000'], /no shop answers at http:\/\/127\.0\.0\.1:6000; .*another PORT/],
]

for (const [words, complaint] of refused) {
  test(`"suanpan ${words.join(' ')}" is refused with exit code 2`, async () => {
    const { exitCode, printed, complained } = await run(...words)
    assert.deepEqual([exitCode, printed], [2, ''])
    assert.match(complained, complaint)
  })
}

test('what npm kept of a command line is told of', async () => {
  const script = process.env['npm_lifecycle_event']
  process.env['npm_lifecycle_event'] = 'cluster'
  const { complained } = await run('start', '4000')
  if (script === undefined) delete process.env['npm_lifecycle_event']
  else process.env['npm_lifecycle_event'] = script
  assert.match(complained, /start takes only flags, not "4000"\. npm keeps flags for itself unless they follow "--": npm run cluster -- --flag value\n/)
})

describe('against a shop', () => {
  let server: Server
  let url: string
  let violations: object[] = []
  let onTheWay = 0
  let isDemo = true
  let asked: string[] = []

  before(async () => {
    const answers: Record<string, () => [number, object]> = {
      'POST /api/demo/sign-in': () => (isDemo ? [200, { token: 'a.b.c' }] : [404, { code: 'not_found', title: 'No such thing.' }]),
      'GET /admin/audit': () => {
        const ok = violations.length === 0
        return [200, { ok, checkedAt: 1, checks: [{ name: 'stock', ok, examined: 1_234 }], violations, onTheWay }]
      },
    }
    server = createServer((request, reply) => {
      asked.push(`${request.method} ${request.url}`)
      if (request.url?.startsWith('/admin/log') === true) return void reply.writeHead(501, { 'content-type': 'text/html' }).end('<html>\n')
      const [status, body] = answers[`${request.method} ${request.url}`]?.() ?? [404, { code: 'not_found', title: 'No such thing.', detail: 'none' }]
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => server.close())

  test('token prints the token and nothing else', async () => {
    assert.deepEqual(await run('token', '--url', url), { exitCode: 0, printed: 'a.b.c', complained: '' })
    assert.equal((await run('token', '--url', url, '--json')).printed, '{"token":"a.b.c"}')
  })

  test('a clean audit names every check with what it examined, and exits with 0', async () => {
    violations = []
    const { exitCode, printed } = await run('audit', '--url', url)
    assert.equal(exitCode, 0)
    assert.match(printed, /stock +1,234 +ok/)
    assert.doesNotMatch(printed, /not judged/)
  })

  test('an audit says of how many orders it could not tell', async () => {
    onTheWay = 1_200
    const { exitCode, printed } = await run('audit', '--url', url)
    onTheWay = 0
    assert.equal(exitCode, 0)
    assert.match(printed, /1,200 orders were not judged/)
  })

  test('a violated audit shows the violations and exits with 1', async () => {
    violations = [{ check: 'stock', orderId: 'ord_1', detail: 'one too many' }]
    const { exitCode, printed } = await run('audit', '--url', url)
    assert.equal(exitCode, 1)
    assert.match(printed, /stock +1,234 +VIOLATED/)
    assert.match(printed, /stock ord_1: one too many/)
    assert.equal((await run('audit', '--url', url, '--json')).exitCode, 1)
  })

  test('what the shop refuses is told, with exit code 2', async () => {
    const { exitCode, complained } = await run('seed', '--url', url)
    assert.equal(exitCode, 2)
    assert.match(complained, /POST \/admin\/products answered 404 not_found: No such thing\. \(none\)/)
  })

  test('what is no shop is not quoted', async () => {
    const { exitCode, complained } = await run('log', 'verify', '--url', url)
    assert.deepEqual([exitCode, complained], [2, 'suanpan: GET /admin/log?limit=1000 answered 501 and not as a shop does: something else listens there'])
  })

  test('a shop that signs nobody in is told of as such, and nothing is brought into it, not even by load', async () => {
    isDemo = false
    for (const words of [['audit'], ['token'], ['load', '--orders', '1']]) {
      asked = []
      const { exitCode, complained } = await run(...words, '--url', url)
      assert.equal(exitCode, 2)
      assert.match(complained, /signs nobody in: it is not in demo mode/)
      assert.deepEqual(asked, ['POST /api/demo/sign-in'])
    }
    process.env['SUANPAN_TOKEN'] = 'x.y.z'
    asked = []
    assert.equal((await run('load', '--orders', '1', '--url', url)).exitCode, 2)
    assert.deepEqual(asked, ['POST /api/demo/sign-in'])
    delete process.env['SUANPAN_TOKEN']
    isDemo = true
  })
})

describe('what answers at the address and is no shop', () => {
  let answer: RequestListener = () => {}
  let url = ''
  const server = createServer((request, response) => answer(request, response))
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    process.env['SUANPAN_TOKEN'] = 'x.y.z'
  })
  after(() => {
    delete process.env['SUANPAN_TOKEN']
    server.close()
  })

  const strange: readonly (readonly [what: string, answer: RequestListener, complaint: RegExp])[] = [
    ['a page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), /answered 200 and not as a shop does/],
    ['other facts', (_, response) => response.end('{"hello":1}'), /answered 200 and not as a shop does/],
    ['lists of nothing', (_, response) => response.end('{"ok":true,"onTheWay":0,"checks":[null],"violations":[],"items":[null]}'), /not as a shop does/],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 1_000 }).write('{')
        setTimeout(() => response.destroy(), 20)
      },
      /no shop answers at/,
    ],
  ]
  const asking = [['audit'], ['audit', '--json'], ['log', 'verify'], ['log', 'verify', '--json'], ['seed'], ['token'], ['load', '--orders', '1']]
  for (const [what, listener, complaint] of strange) {
    for (const words of asking) {
      test(`${what}: "${words.join(' ')}" says so, and exits with 2`, async () => {
        answer = listener
        const { exitCode, complained, printed } = await run(...words, '--url', url)
        assert.match(complained, complaint)
        assert.deepEqual([exitCode, printed], [2, ''])
      })
    }
  }
})
