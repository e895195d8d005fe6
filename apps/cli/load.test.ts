import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCommand, type StartedCommand } from './testing/started-command.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

const answers: { readonly [path: string]: object } = {
  '/api/demo/sign-in': { token: 'a.b.c' },
  '/admin/products': { results: [] },
  '/admin/users': { results: [] },
  '/admin/audit': { ok: true, checkedAt: 1, checks: [], violations: [], onTheWay: 0 },
}

/** What a load needs of a shop; `onOrder` is told of each order, which is then placed. */
async function shopFor(onOrder: (nth: number, shop: Server) => void, { audits = true } = {}): Promise<string> {
  let orders = 0
  const server = createServer((request, response) => {
    request.resume()
    const answer = answers[request.url ?? '']
    if (request.url === '/admin/audit' && !audits) return
    if (answer !== undefined) return void response.end(JSON.stringify(answer))
    orders += 1
    onOrder(orders, server)
    response.writeHead(201, { 'content-length': 2 }).end('{}')
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function load(url: string, ...parameters: readonly string[]): StartedCommand {
  return startCommand('load', {}, ['--url', url, '--users', '1', '--sku-count', '2', '--concurrency', '2', ...parameters])
}

test('an interrupt, which comes twice, ends the load early; what was measured and the audit still follow', async () => {
  const { promise: underWay, resolve: begun } = Promise.withResolvers<void>()
  const url = await shopFor((nth) => nth === 100 && begun())
  const { child, ended } = load(url, '--duration', '10m')
  await underWay
  // As a terminal's Ctrl-C comes: from the terminal itself, and passed on by the launcher.
  child.kill('SIGINT')
  await sleep(5)
  child.kill('SIGINT')
  const { exitCode, said } = await ended
  assert.match(said, /orders in .*The books balance/s)
  assert.equal(exitCode, 0)
})

test('whoever interrupts again, as a person does, is rid of it at once', async () => {
  const { promise: underWay, resolve: begun } = Promise.withResolvers<void>()
  const url = await shopFor((nth) => nth === 100 && begun(), { audits: false })
  const { child, ended } = load(url, '--duration', '10m')
  await underWay
  child.kill('SIGINT')
  await sleep(1_100)
  child.kill('SIGINT')
  assert.equal((await ended).exitCode, 130)
})

for (const json of [[], ['--json']]) {
  test(`a shop that dies under the load has been measured until then ${json.join('')}`, async () => {
    const url = await shopFor((nth, shop) => {
      if (nth < 100) return
      shop.close()
      shop.closeAllConnections()
    })
    const { exitCode, said } = await load(url, '--duration', '1s', ...json).ended
    assert.match(said, json.length === 0 ? /orders in .*no shop answers at/s : /"outcomes": .*no shop answers at/s)
    assert.equal(exitCode, 2)
  })
}
