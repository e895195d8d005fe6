import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfiguration } from './configuration.ts'

const secret = 'of an identity provider, and long enough'
const claims = { issuer: 'https://example.com', audience: 'shop' }
const claimed = { JWT_ISSUER: claims.issuer, JWT_AUDIENCE: claims.audience }

const cases: readonly (readonly [what: string, environment: Readonly<Record<string, string>>, identity: object])[] = [
  ['a demo: whoever asks', {}, { kind: 'demo' }],
  ['a shop with a secret: whoever has it', { DEMO: '0', JWT_SECRET: secret }, { kind: 'secret', secret, issuer: undefined, audience: undefined }],
  ['and who its tokens may be asked to name', { DEMO: '0', JWT_SECRET: secret, ...claimed }, { kind: 'secret', secret, ...claims }],
  [
    'a shop with published keys: their owner',
    { DEMO: '0', JWKS_URL: 'https://example.com/keys', ...claimed },
    { kind: 'jwks', url: 'https://example.com/keys', ...claims },
  ],
]

for (const [what, environment, identity] of cases) {
  test(`tokens are made, in ${what}`, () => assert.deepEqual(readConfiguration(environment).identity, identity))
}
