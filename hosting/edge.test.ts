import assert from 'node:assert/strict'
import { once } from 'node:events'
import dns from 'node:dns'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { connectServices } from '@suanpan/edge'
import { inProcessRpc } from '@suanpan/runtime/rpc'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemRandom } from '@suanpan/runtime/time'
import { noAccounts } from './accounts.ts'
import { readConfiguration } from './configuration.ts'
import { hostEdge } from './edge.ts'

const hasBoth = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))

test('a shop at a name of two addresses listens on one: of a second server, nobody would wait for the answers', { skip: !hasBoth }, async (context) => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]
  const lookup = (host: string, _options: object, done: (error: null, found: typeof addresses) => void): void => {
    const own = addresses.filter(({ address }) => address === host)
    done(null, own.length > 0 ? own : addresses)
  }
  context.mock.method(dns, 'lookup', lookup)
  const clock = manualClock()
  const rpc = inProcessRpc({ clock, maxCalls: 1, onError: () => {} })
  const edge = await hostEdge({
    configuration: readConfiguration({ HOST: 'localhost' }),
    tokens: { kind: 'demo', secret: 'of a test, and long enough for it' },
    face: 'both',
    port: 0,
    portName: 'PORT',
    clock,
    random: systemRandom,
    log: silentLog,
    rpc,
    services: connectServices(rpc, clock),
    accounts: noAccounts,
    isOpen: () => true,
  })
  context.after(() => edge.close())
  const { hostname, port } = new URL(await edge.listen())
  assert.equal(hostname, '127.0.0.1')
  const second = connect({ host: '::1', port: Number(port) })
  context.after(() => second.destroy())
  await assert.rejects(once(second, 'connect'), { code: 'ECONNREFUSED' })
})
