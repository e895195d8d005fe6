import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfiguration } from '@suanpan/hosting'
import { startBanner } from './start-banner.ts'
import { recordedTerminal } from './testing.ts'

const shop = { url: 'http://127.0.0.1:4000', seeded: false }

test('outside demo mode the banner proposes only what works there', () => {
  const configuration = readConfiguration({
    DEMO: '0',
    JWKS_URL: 'https://identity.example/keys',
    JWT_ISSUER: 'https://identity.example',
    JWT_AUDIENCE: 'shop',
    DATABASE_URL: 'postgres://me:secret@db.example/shop',
  })
  const said = startBanner({ configuration, shop, readyMs: 100, token: undefined, sandboxUrl: undefined }, recordedTerminal()).join('\n')
  assert.match(said, /PostgreSQL db\.example\/shop\n/)
  assert.match(said, /Then:.* npx suanpan audit --url http:\/\/127\.0\.0\.1:4000, with an operator's token in SUANPAN_TOKEN\./)
  assert.doesNotMatch(said, /load|Bearer|user-0001|secret/)
})

test('in demo mode it has an order to place, and a load to try', () => {
  const said = startBanner({ configuration: readConfiguration({}), shop, readyMs: 100, token: 'a.b.c', sandboxUrl: undefined }, recordedTerminal()).join('\n')
  assert.match(said, /curl -i http:\/\/127\.0\.0\.1:4000\/api\/orders[^]*Bearer a\.b\.c[^]*npx suanpan load --url http:\/\/127\.0\.0\.1:4000/)
  assert.match(said, new RegExp(`process +${process.pid}\n`))
})
