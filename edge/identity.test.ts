import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { authenticateWith, createAuthenticate, signDemoToken } from './identity.ts'
import { Problem } from './problems.ts'

const secret = 'a secret for tests, of 32 bytes or more'
const startedAt = 1_800_000_000_000
const soon = startedAt / 1000 + 60

/** Whose tokens the shop takes. */
const ours = { issuer: 'https://id.shop.example/', audience: 'shop' }
const forUs = { iss: ours.issuer, aud: ours.audience }

const claimed: readonly { what: string; claims: object; isForUs: boolean }[] = [
  { what: 'for us', claims: forUs, isForUs: true },
  { what: 'for us and another', claims: { ...forUs, aud: ['blog', 'shop'] }, isForUs: true },
  { what: 'for another application', claims: { ...forUs, aud: 'blog' }, isForUs: false },
  { what: 'for two others', claims: { ...forUs, aud: ['blog', 'shop-2'] }, isForUs: false },
  { what: 'for an application whose name has ours in it', claims: { ...forUs, aud: 'workshop' }, isForUs: false },
  { what: 'for a list in a list', claims: { ...forUs, aud: [['shop']] }, isForUs: false },
  { what: 'for nobody in particular', claims: { iss: ours.issuer }, isForUs: false },
  { what: 'of another issuer', claims: { ...forUs, iss: 'https://id.elsewhere.example/' }, isForUs: false },
  { what: 'of an issuer that is almost ours', claims: { ...forUs, iss: 'https://id.shop.example' }, isForUs: false },
  { what: 'of a list of issuers', claims: { ...forUs, iss: [ours.issuer] }, isForUs: false },
  { what: 'of nobody', claims: { aud: ours.audience }, isForUs: false },
]

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function hmacToken(header: object, payload: object, key = secret, algorithm = 'sha256'): string {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${createHmac(algorithm, key).update(signed).digest('base64url')}`
}

/** The code of the problem, or the user who was let in. */
async function told(identified: Promise<{ userId: string }>): Promise<string> {
  return identified.then(
    ({ userId }) => userId,
    (error: unknown) => (error instanceof Problem ? error.code : 'a bug'),
  )
}

describe('HS256 tokens', () => {
  const hs256 = { alg: 'HS256', typ: 'JWT' }
  const good = { sub: 'user-1', exp: soon }
  const cases: readonly { what: string; authorization: string | undefined; expected: string }[] = [
    { what: 'a good one', authorization: `Bearer ${hmacToken(hs256, good)}`, expected: 'user-1' },
    { what: "the demo's own", authorization: `Bearer ${signDemoToken(secret, { sub: 'user-1' }, startedAt + 60_000)}`, expected: 'user-1' },
    {
      what: 'a user of an identity provider',
      authorization: `Bearer ${hmacToken(hs256, { ...good, sub: 'auth0|a@b.example' })}`,
      expected: 'auth0|a@b.example',
    },
    { what: 'valid from now', authorization: `Bearer ${hmacToken(hs256, { ...good, nbf: startedAt / 1000 })}`, expected: 'user-1' },
    { what: 'valid from later', authorization: `Bearer ${hmacToken(hs256, { ...good, nbf: soon })}`, expected: 'unauthenticated' },
    { what: 'valid from never', authorization: `Bearer ${hmacToken(hs256, { ...good, nbf: 'never' })}`, expected: 'unauthenticated' },
    { what: 'expired now', authorization: `Bearer ${hmacToken(hs256, { ...good, exp: startedAt / 1000 })}`, expected: 'unauthenticated' },
    { what: 'without expiry', authorization: `Bearer ${hmacToken(hs256, { sub: 'user-1' })}`, expected: 'unauthenticated' },
    { what: 'expiry as text', authorization: `Bearer ${hmacToken(hs256, { ...good, exp: String(soon) })}`, expected: 'unauthenticated' },
    { what: 'nobody', authorization: `Bearer ${hmacToken(hs256, { exp: soon })}`, expected: 'unauthenticated' },
    { what: 'a strange name', authorization: `Bearer ${hmacToken(hs256, { ...good, sub: 'a\u0000b' })}`, expected: 'unauthenticated' },
    { what: 'another secret', authorization: `Bearer ${hmacToken(hs256, good, 'another')}`, expected: 'unauthenticated' },
    { what: 'alg none, signed', authorization: `Bearer ${hmacToken({ alg: 'none' }, good)}`, expected: 'unauthenticated' },
    { what: 'alg none, unsigned', authorization: `Bearer ${encode({ alg: 'none' })}.${encode(good)}.`, expected: 'unauthenticated' },
    { what: 'HS512', authorization: `Bearer ${hmacToken({ alg: 'HS512' }, good, secret, 'sha512')}`, expected: 'unauthenticated' },
    { what: 'an extension that must be understood', authorization: `Bearer ${hmacToken({ ...hs256, crit: ['exp'] }, good)}`, expected: 'unauthenticated' },
    { what: 'no JSON inside', authorization: `Bearer ${hmacToken(hs256, [])}`, expected: 'unauthenticated' },
    { what: 'another scheme', authorization: `Basic ${hmacToken(hs256, good)}`, expected: 'unauthenticated' },
    { what: 'none', authorization: undefined, expected: 'unauthenticated' },
  ]
  for (const { what, authorization, expected } of cases) {
    test(`${what}: ${expected}`, async () => {
      const authenticate = createAuthenticate({ kind: 'secret', secret }, manualClock(startedAt), silentLog)
      assert.equal(await told(authenticate(authorization)), expected)
    })
  }

  for (const { what, claims, isForUs } of claimed) {
    test(`one ${what} is ${isForUs ? 'let in' : 'refused'} where that is set, and let in where it is not`, async () => {
      const authorization = `Bearer ${hmacToken(hs256, { ...good, ...claims })}`
      const toldWith = (expected: Partial<typeof ours>) =>
        told(createAuthenticate({ kind: 'secret', secret, ...expected }, manualClock(startedAt), silentLog)(authorization))
      assert.equal(await toldWith(ours), isForUs ? 'user-1' : 'unauthenticated')
      assert.equal(await toldWith({}), 'user-1')
    })
  }

  test('a remembered token expires, too', async () => {
    const clock = manualClock(startedAt)
    const authenticate = createAuthenticate({ kind: 'secret', secret }, clock, silentLog)
    const authorization = `Bearer ${hmacToken(hs256, good)}`
    assert.equal(await told(authenticate(authorization)), 'user-1')
    await clock.advance(59_999)
    assert.equal(await told(authenticate(authorization)), 'user-1')
    await clock.advance(1)
    assert.equal(await told(authenticate(authorization)), 'unauthenticated')
  })
})

describe('tokens of an identity provider', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  let provider: Server
  let url: string
  let keys: unknown
  let isAway = false
  let asked = 0
  before(async () => {
    provider = createServer((_, response) => {
      asked++
      response.writeHead(isAway ? 503 : 200).end(JSON.stringify({ keys }))
    }).listen(0, '127.0.0.1')
    await once(provider, 'listening')
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`
    keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA' }]
  })
  after(() => provider.close())

  function providerToken(payload: object, key: KeyObject = privateKey, kid = 'one'): string {
    const signed = `${encode({ alg: 'EdDSA', kid })}.${encode(payload)}`
    return `Bearer ${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
  }
  const good = { ...forUs, sub: 'user-1', exp: soon + 3_600 }

  test('its own are let in, others not', async () => {
    const authenticate = createAuthenticate({ kind: 'jwks', url, ...ours }, manualClock(startedAt), silentLog)
    const foreign = generateKeyPairSync('ed25519').privateKey
    const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    const cases: readonly { what: string; authorization: string; expected: string }[] = [
      { what: 'a good one', authorization: providerToken(good), expected: 'user-1' },
      { what: 'another key', authorization: providerToken(good, foreign), expected: 'unauthenticated' },
      { what: 'a key nobody knows', authorization: providerToken(good, privateKey, 'two'), expected: 'unauthenticated' },
      { what: 'expired', authorization: providerToken({ ...good, exp: startedAt / 1000 - 60 }), expected: 'unauthenticated' },
      {
        what: 'the public key as a secret',
        authorization: `Bearer ${hmacToken({ alg: 'HS256', kid: 'one' }, good, publicBytes)}`,
        expected: 'unauthenticated',
      },
      { what: 'no token', authorization: 'Bearer x', expected: 'unauthenticated' },
    ]
    for (const { what, authorization, expected } of cases) assert.equal(await told(authenticate(authorization)), expected, what)
  })

  for (const { what, claims, isForUs } of claimed) {
    test(`one ${what} is ${isForUs ? 'let in' : 'refused'}, an operator's as a customer's`, async () => {
      const authenticate = createAuthenticate({ kind: 'jwks', url, ...ours }, manualClock(startedAt), silentLog)
      for (const role of ['admin', undefined]) {
        const authorization = providerToken({ sub: 'user-1', exp: soon, role, ...claims })
        for (let request = 0; request < 2; request++) assert.equal(await told(authenticate(authorization)), isForUs ? 'user-1' : 'unauthenticated')
      }
    })
  }

  test('a token is not verified for every request, and again after five minutes', async () => {
    const clock = manualClock(startedAt)
    let lookUps = 0
    let isWithdrawn = false
    const authenticate = authenticateWith(() => {
      lookUps++
      if (isWithdrawn) throw new Problem('unauthenticated', 'the key is withdrawn')
      return good
    }, clock)
    for (let request = 0; request < 3; request++) assert.equal(await told(authenticate('Bearer token')), 'user-1')
    assert.equal(lookUps, 1)
    isWithdrawn = true
    await clock.advance(5 * 60_000)
    for (let request = 0; request < 2; request++) assert.equal(await told(authenticate('Bearer token')), 'unauthenticated')
  })

  test('after the clock was put back, nobody is remembered for longer', async () => {
    let now = startedAt
    let lookUps = 0
    const authenticate = authenticateWith(() => (lookUps++, good), { ...manualClock(), now: () => now })
    for (const backMs of [0, 0, 3_600_000, 0]) {
      now -= backMs
      assert.equal(await told(authenticate('Bearer token')), 'user-1')
    }
    assert.equal(lookUps, 2)
  })

  const minuteMs = 60_000
  const other = () => [{ ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'two', alg: 'EdDSA' }]
  const asKnown = () => [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA' }]

  test('a withdrawn key opens nothing for longer than ten minutes: kept, and then remembered', async (context) => {
    context.after(() => (keys = asKnown()))
    const clock = manualClock(startedAt)
    const authenticate = createAuthenticate({ kind: 'jwks', url, ...ours }, clock, silentLog)
    assert.equal(await told(authenticate(providerToken(good))), 'user-1')
    keys = other()
    await clock.advance(5 * minuteMs - 1)
    const late = providerToken({ ...good, sub: 'user-2' })
    assert.equal(await told(authenticate(late)), 'user-2')
    await clock.advance(1)
    assert.equal(await told(authenticate(providerToken({ ...good, sub: 'user-3' }))), 'unauthenticated')
    await clock.advance(5 * minuteMs - 2)
    assert.equal(await told(authenticate(late)), 'user-2')
    await clock.advance(1)
    assert.equal(await told(authenticate(late)), 'unauthenticated')
  })

  test('after the clock was put back, a withdrawn key opens nothing, and a new one is asked for', async (context) => {
    context.after(() => (keys = asKnown()))
    let now = startedAt
    const authenticate = createAuthenticate({ kind: 'jwks', url, ...ours }, { ...manualClock(), now: () => now }, silentLog)
    keys = other()
    assert.equal(await told(authenticate(providerToken(good))), 'unauthenticated')
    now -= 60 * minuteMs
    keys = asKnown()
    assert.equal(await told(authenticate(providerToken(good))), 'user-1')
    now -= 30 * minuteMs
    keys = other()
    assert.equal(await told(authenticate(providerToken({ ...good, sub: 'user-2' }))), 'unauthenticated')
    now -= minuteMs
    isAway = true
    context.after(() => (isAway = false))
    assert.equal(await told(authenticate(providerToken({ ...good, sub: 'user-2' }))), 'unavailable')
  })

  test('a key that the provider has not told yet is asked for, twice a minute at most', async (context) => {
    context.after(() => (keys = asKnown()))
    const clock = manualClock(startedAt)
    const authenticate = createAuthenticate({ kind: 'jwks', url, ...ours }, clock, silentLog)
    keys = other()
    assert.equal(await told(authenticate(providerToken(good))), 'unauthenticated')
    keys = asKnown()
    const askedBefore = asked
    await clock.advance(29_999)
    assert.equal(await told(authenticate(providerToken(good))), 'unauthenticated')
    assert.equal(asked, askedBefore)
    await clock.advance(1)
    assert.equal(await told(authenticate(providerToken(good))), 'user-1')
    assert.equal(asked, askedBefore + 1)
  })

  test('a provider that goes away: the keys that it told last go on for an hour, and it is not asked for every token', async (context) => {
    context.after(() => (isAway = false))
    const clock = manualClock(startedAt)
    const authenticate = createAuthenticate({ kind: 'jwks', url, ...ours }, clock, silentLog)
    const freshToken = (sub: string) => told(authenticate(providerToken({ ...good, sub, exp: soon + 7_200 })))
    assert.equal(await freshToken('user-1'), 'user-1')
    isAway = true
    await clock.advance(59 * minuteMs)
    const askedBefore = asked
    for (const sub of ['user-2', 'user-3', 'user-4']) assert.equal(await freshToken(sub), sub)
    assert.equal(asked, askedBefore + 1)
    assert.equal(await told(authenticate(providerToken(good, privateKey, 'new'))), 'unavailable')
    await clock.advance(minuteMs)
    assert.equal(await freshToken('user-5'), 'unavailable')
    isAway = false
    assert.equal(await freshToken('user-5'), 'user-5')
  })

  test('a provider that is away, or publishes no keys, is no fault of the token', async () => {
    const identify = (from: string) => createAuthenticate({ kind: 'jwks', url: from, ...ours }, manualClock(startedAt), silentLog)(providerToken(good))
    assert.equal(await told(identify('http://127.0.0.1:1/keys')), 'unavailable')
    keys = 'no list'
    assert.equal(await told(identify(url)), 'unavailable')
  })
})
