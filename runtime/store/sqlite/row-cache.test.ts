import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineTable } from '../table.ts'
import { account, accounts, accountsByHolder } from '../testing/conformance/accounts.ts'
import { createRowCache } from './row-cache.ts'

interface Pinned {
  readonly pinnedId: string
  readonly born: number
  readonly amount: number
}

const pinned = defineTable<Pinned>({ name: 'pinned', key: 'pinnedId', columns: { pinnedId: 'text', born: 'integer', amount: 'integer' }, fixed: ['born'] })

test('what was put is found, as it was replaced, until it is forgotten', () => {
  const cache = createRowCache()
  cache.put(accounts, [account('a', 1), account('b', 1)])
  cache.replace(accounts, [account('a', 2)])
  cache.forget(accounts, ['b'])
  assert.deepEqual([cache.get(accounts, 'a'), cache.get(accounts, 'b')], [account('a', 2), undefined])
  cache.forgetAll()
  assert.equal(cache.get(accounts, 'a'), undefined)
})

test('an update of a row that is not known may have found none: it is read', () => {
  const cache = createRowCache()
  cache.replace(accounts, [account('a', 2)])
  assert.equal(cache.get(accounts, 'a'), undefined)
})

test('an update that names another fixed value than the row has does not write it: the row is read', () => {
  const cache = createRowCache()
  cache.put(pinned, [{ pinnedId: 'a', born: 1, amount: 1 }])
  cache.replace(pinned, [{ pinnedId: 'a', born: 1, amount: 2 }])
  assert.deepEqual(cache.get(pinned, 'a'), { pinnedId: 'a', born: 1, amount: 2 })
  cache.replace(pinned, [{ pinnedId: 'a', born: 9, amount: 3 }])
  assert.equal(cache.get(pinned, 'a'), undefined)
})

test('what changes under one description of a table is forgotten under the other', () => {
  const cache = createRowCache()
  for (const change of [() => cache.replace(accounts, [account('a', 2, { holder: 'Ann' })]), () => cache.forget(accounts, ['a'])]) {
    cache.put(accountsByHolder, [account('a', 1, { holder: 'Ann' })])
    change()
    assert.equal(cache.get(accountsByHolder, 'Ann'), undefined)
  }
})

test('what is forgotten is not found in what was kept longer ago either', () => {
  const cache = createRowCache()
  cache.put(accounts, [account('old', 1)])
  for (let index = 0; index < 2_500; index++) cache.put(accounts, [account(`passing ${index}`, 1)])
  cache.forget(accounts, ['old', 'passing 2499'])
  assert.deepEqual([cache.get(accounts, 'old'), cache.get(accounts, 'passing 2499')], [undefined, undefined])
})

test('what is used stays, what is not goes: memory is bounded', () => {
  const cache = createRowCache()
  cache.put(accounts, [account('used', 1), account('unused', 1)])
  for (let index = 0; index < 10_000; index++) {
    cache.put(accounts, [account(`passing ${index}`, 1)])
    assert.notEqual(cache.get(accounts, 'used'), undefined)
  }
  assert.deepEqual([cache.get(accounts, 'unused'), cache.get(accounts, 'passing 0')], [undefined, undefined])
  assert.notEqual(cache.get(accounts, 'passing 9999'), undefined)
})
