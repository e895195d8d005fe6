import { StartRefused } from '@suanpan/runtime/settings'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readNodeConfiguration } from './configuration.ts'

const whole = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1/shop', CLUSTER_ZOOKEEPER: '127.0.0.1:2181,127.0.0.1:2182', CLUSTER_PROXY: '127.0.0.1:8081' }

const refused: readonly (readonly [what: string, run: string | undefined, changed: Readonly<Record<string, string>>, says: RegExp])[] = [
  ['nothing to run', undefined, {}, /--run inventory,coupon\. There are catalog, .*, order-system, payment-system/],
  ['names of nothing', ' , ', {}, /Say what this process shall run/],
  ['a service that there is not', 'inventory,stock', {}, /There is no "stock" to be run\. There are catalog/],
  ['two services that there are not', 'stock,inventory,cart', {}, /no "stock" and no "cart"/],
  ['a service without a database', 'inventory', { DATABASE_URL: '' }, /^DATABASE_URL .*schema.* is not set; it takes a URL that begins with postgres/],
  ['a database of another kind', 'inventory', { DATABASE_URL: 'mysql://me:hunter2@127.0.0.1/shop' }, /^DATABASE_URL .*: what it is set to is not allowed/],
  ['a service without a broker', 'inventory', { CLUSTER_PROXY: '' }, /^CLUSTER_PROXY .* is not set; it takes one host:port/],
  ['name servers for a proxy', 'inventory', { CLUSTER_PROXY: '127.0.0.1:9876;127.0.0.1:9877' }, /^CLUSTER_PROXY/],
  ['no registry', 'order-system', { CLUSTER_ZOOKEEPER: '' }, /^CLUSTER_ZOOKEEPER .* is not set; it takes host:port, several separated by commas/],
  ['a registry without a port', 'order-system', { CLUSTER_ZOOKEEPER: 'zookeeper' }, /^CLUSTER_ZOOKEEPER .*"zookeeper" is not allowed/],
  ['a setting of the shop', 'order-system', { PORT: 'abc' }, /^PORT .*integer from 0 to 65535/],
  ['a payment service whose payments are announced nowhere', 'payment', { PAYMENT_PORT: '0' }, /^PAYMENT_PORT is 0.*Set PAYMENT_PORT/],
  ['one beside any free port', 'payment', { PORT: '0' }, /Set PAYMENT_PORT/],
  ['no room beside the port', 'payment-system', { PORT: '65535' }, /Set PAYMENT_PORT/],
]

describe('a process of the cluster is refused', () => {
  for (const [what, run, changed, says] of refused) {
    test(what, () => {
      assert.throws(
        () => readNodeConfiguration(run, { ...whole, ...changed }),
        (error) => error instanceof StartRefused && says.test(error.message) && !error.message.includes('hunter2'),
      )
    })
  }
})

test('what it runs, and where, is read', () => {
  const { services, systems, name, zookeeper, paymentPort } = readNodeConfiguration('inventory, payment-system,inventory', { ...whole, PORT: '4000' })
  assert.deepEqual(services, { names: ['inventory'], databaseUrl: whole.DATABASE_URL, proxy: whole.CLUSTER_PROXY })
  assert.deepEqual(systems, ['payment-system'])
  assert.deepEqual([name, zookeeper, paymentPort], ['inventory+payment-system', ['127.0.0.1:2181', '127.0.0.1:2182'], 4002])
})

test('a process without services needs neither database nor broker', () => {
  assert.equal(readNodeConfiguration('order-system', { CLUSTER_ZOOKEEPER: '127.0.0.1:2181' }).services, undefined)
})
