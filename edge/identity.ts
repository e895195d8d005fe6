import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@suanpan/runtime/time'
import type { Log } from '@suanpan/runtime/telemetry'
import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { Problem } from './problems.ts'
import { publishedKeys } from './published-keys.ts'
import { userIdPattern } from './schemas.ts'

/** Who is asking, as their token says. */
export interface Identity {
  readonly userId: string
  readonly isAdmin: boolean
  /** Epoch ms. */
  readonly expiresAt: number
}

/**
 * Where tokens come from: a secret shared with the shop's identity provider, or its published keys. With these it signs the
 * tokens of all its applications, so whose tokens are meant has to be said; a secret is this shop's own.
 */
export type TokenSource =
  | ({ readonly kind: 'secret'; readonly secret: string } & Expected)
  | { readonly kind: 'jwks'; readonly url: string; readonly issuer: string; readonly audience: string }

/** What a token has to say of itself: who made it, and for which application. Undefined: whatever it says. */
interface Expected {
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/** Throws `Problem` (`unauthenticated`) for anything but a valid token. */
export type Authenticate = (authorization: string | undefined) => Promise<Identity>

/** Verified tokens kept, so that a customer's second request costs a look-up instead of a signature. */
const maxRemembered = 10_000

/** With the five minutes for which published keys are kept: a key that the provider withdrew opens nothing for longer than ten. */
const rememberedForMs = 5 * 60_000

interface Remembered {
  readonly identity: Identity
  /** Epoch ms. */
  readonly verifiedAt: number
}

const userIdShape = new RegExp(userIdPattern)

export function createAuthenticate(source: TokenSource, clock: Clock, log: Log): Authenticate {
  return authenticateWith(source.kind === 'secret' ? secretVerifier(source.secret) : jwksVerifier(publishedKeys(source.url, clock, log)), clock, source)
}

/** The claims of a token that is what it says it is; throws `Problem` for any other. */
type Verify = (token: string, now: number) => Claims | Promise<Claims>

export function authenticateWith(verify: Verify, clock: Clock, expected: Expected = {}): Authenticate {
  const remembered = new Map<string, Remembered>()

  async function verified(token: string, now: number): Promise<Identity> {
    remembered.delete(token)
    const identity = identityOf(await verify(token, now), expected, now)
    const oldest = remembered.size < maxRemembered ? undefined : remembered.keys().next().value
    if (oldest !== undefined) remembered.delete(oldest)
    remembered.set(token, { identity, verifiedAt: now })
    return identity
  }

  return async (authorization) => {
    const token = authorization?.startsWith('Bearer ') === true ? authorization.slice(7) : undefined
    if (token === undefined || token.length > 4_096) throw new Problem('unauthenticated', 'send `Authorization: Bearer <token>`')
    const now = clock.now()
    const known = remembered.get(token)
    const identity = known !== undefined && Math.abs(now - known.verifiedAt) < rememberedForMs ? known.identity : await verified(token, now)
    if (identity.expiresAt <= now) throw new Problem('unauthenticated', 'the token has expired')
    return identity
  }
}

interface Claims {
  readonly sub?: unknown
  readonly role?: unknown
  readonly exp?: unknown
  readonly nbf?: unknown
  readonly iss?: unknown
  readonly aud?: unknown
}

/** Clocks of two machines differ: a token may be this much ahead. */
const clockToleranceMs = 5_000

function identityOf({ sub, role, exp, nbf = 0, iss, aud }: Claims, { issuer, audience }: Expected, now: number): Identity {
  if (issuer !== undefined && iss !== issuer) throw new Problem('unauthenticated', 'the token is of another issuer')
  const isForUs = audience === undefined || aud === audience || (Array.isArray(aud) && aud.includes(audience))
  if (!isForUs) throw new Problem('unauthenticated', 'the token is for another audience')
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw new Problem('unauthenticated', 'the token has no expiry')
  if (typeof nbf !== 'number' || nbf * 1000 > now + clockToleranceMs) throw new Problem('unauthenticated', 'the token is not valid yet')
  if (typeof sub !== 'string' || !userIdShape.test(sub)) throw new Problem('unauthenticated', 'the token names no user')
  return { userId: sub, isAdmin: role === 'admin', expiresAt: exp * 1000 }
}

/** HS256, and nothing else: a token does not choose how it is verified. */
function secretVerifier(secret: string): Verify {
  return (token) => {
    const [header = '', payload = '', signature = '', ...rest] = token.split('.')
    const given = Buffer.from(signature, 'base64url')
    const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest()
    const signed = rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected)
    const { alg, crit } = jsonOf(header)
    // `crit` names extensions that whoever does not know them must refuse (RFC 7515, 4.1.11).
    if (!signed || alg !== 'HS256' || crit !== undefined) throw new Problem('unauthenticated', 'the token is not valid')
    return jsonOf(payload)
  }
}

function jsonOf(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function jwksVerifier(keys: JWTVerifyGetKey): Verify {
  return async (token, now) => {
    try {
      const { payload } = await jwtVerify(token, keys, { currentDate: new Date(now), clockTolerance: clockToleranceMs / 1000 })
      return payload
    } catch (error) {
      if (isAboutTheToken(error)) throw new Problem('unauthenticated', 'the token is not valid')
      throw new Problem('unavailable', 'the identity provider does not answer, so the token cannot be verified', { retryAfterSeconds: 5 })
    }
  }
}

/** Of jose's findings these are about the way to the keys; what is no finding of jose's is the network. */
const aboutTheKeys = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'])

function isAboutTheToken(error: unknown): boolean {
  return error instanceof errors.JOSEError && !aboutTheKeys.has(error.code)
}

/** How long a demo token opens its door. */
export const demoTokenMs = 24 * 60 * 60 * 1000

/** Signs a token for the demo: production tokens come from the shop's own identity provider. */
export function signDemoToken(secret: string, claims: { readonly sub: string; readonly role?: 'admin' }, expiresAt: number): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, exp: Math.floor(expiresAt / 1000) })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
