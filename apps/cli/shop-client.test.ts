import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createShopClient } from './shop-client.ts'
import { startCommand } from './testing/started-command.ts'

test('where a shop runs is told as connections want it: an address of IPv6 without brackets', () => {
  assert.deepEqual(createShopClient('http://[::1]:3000').target, { host: '::1', port: 3000, isTls: false })
  assert.deepEqual(createShopClient('https://shop.example').target, { host: 'shop.example', port: 443, isTls: true })
  assert.deepEqual(createShopClient('http://127.0.0.1').target, { host: '127.0.0.1', port: 80, isTls: false })
})

for (const [set, port] of [
  ['', 3000],
  ['4000', 4000],
] as const) {
  test(`PORT="${set}" is a shop on port ${port}`, async () => {
    const { said } = await startCommand('audit', { PORT: set }, ['--help']).ended
    assert.match(said, new RegExp(`http://127\\.0\\.0\\.1:${port}\\b`))
  })
}
