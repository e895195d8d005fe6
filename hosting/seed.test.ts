import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { inProcessRpc } from '@suanpan/runtime/rpc'
import { manualClock } from '@suanpan/runtime/time'
import { seedIfEmpty } from './seed.ts'

const nothing = { products: [], users: [], coupons: [] }
const sold = { sku: 'tea', title: 'Tea', priceFen: 100 }

test('a service that is away for a moment is waited for', async () => {
  const clock = manualClock(0)
  const rpc = inProcessRpc({ clock, maxCalls: 10, onError: () => {} })
  const seeding = seedIfEmpty(rpc, clock, nothing)
  await clock.advance(2_000)
  const notAsked = (): never => assert.fail('it sells something already')
  rpc.provide(CatalogServiceDefinition, { quote: notAsked, importProducts: notAsked, listProducts: async () => ({ products: [sold], nextAfterSku: '' }) })
  await clock.advance(1_000)
  assert.equal(await seeding, false)
})

test('one that stays away is named, and ends the start', async () => {
  const clock = manualClock(0)
  const rejected = assert.rejects(seedIfEmpty(inProcessRpc({ clock, maxCalls: 10, onError: () => {} }), clock, nothing), /not_processed: unreachable/)
  await clock.advance(30_000)
  await rejected
})
