import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@suanpan/runtime/time'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { Problem } from './problems.ts'

/** Who is asking, as their token says. */
export interface Identity {
  readonly userId: string
  readonly isAdmin: boolean
  /** Epoch ms. */
  readonly expiresAt: number
}

/** Where tokens come from: a secret shared with the shop's identity provider, or its published keys. */
export type TokenSource = { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'jwks'; readonly url: string }

/** Throws `Problem` (`unauthenticated`) for anything but a valid token. */
export type Authenticate = (authorization: string | undefined) => Promise<Identity>

/** Verified tokens kept, so that a customer's second request costs a look-up instead of a signature. */
const maxRemembered = 10_000

const userIdPattern = /^[0-9A-Za-z_.:@-]{1,64}$/

export function createAuthenticate(source: TokenSource, clock: Clock): Authenticate {
  const remembered = new Map<string, Identity>()
  const verify = source.kind === 'secret' ? secretVerifier(source.secret) : jwksVerifier(source.url)

  return async (authorization) => {
    const token = authorization?.startsWith('Bearer ') === true ? authorization.slice(7) : undefined
    if (token === undefined || token.length > 4_096) throw new Problem('unauthenticated', 'send `Authorization: Bearer <token>`')
    const known = remembered.get(token)
    const identity = known ?? identityOf(await verify(token))
    if (identity.expiresAt <= clock.now()) {
      remembered.delete(token)
      throw new Problem('unauthenticated', 'the token has expired')
    }
    if (known === undefined) {
      if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value ?? '')
      remembered.set(token, identity)
    }
    return identity
  }
}

interface Claims {
  readonly sub?: unknown
  readonly role?: unknown
  readonly exp?: unknown
  readonly nbf?: unknown
}

function identityOf({ sub, role, exp }: Claims): Identity {
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw new Problem('unauthenticated', 'the token has no expiry')
  const isAdmin = role === 'admin'
  if (typeof sub !== 'string' || !userIdPattern.test(sub)) throw new Problem('unauthenticated', 'the token names no user')
  return { userId: sub, isAdmin, expiresAt: exp * 1000 }
}

/** HS256, and nothing else: a token does not choose how it is verified. */
function secretVerifier(secret: string): (token: string) => Claims {
  return (token) => {
    const [header = '', payload = '', signature = '', ...rest] = token.split('.')
    const given = Buffer.from(signature, 'base64url')
    const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest()
    const signed = rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected)
    if (!signed || jsonOf(header)['alg'] !== 'HS256') throw new Problem('unauthenticated', 'the token is not valid')
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

function jwksVerifier(url: string): (token: string) => Promise<Claims> {
  const keys = createRemoteJWKSet(new URL(url))
  return async (token) => {
    try {
      return (await jwtVerify(token, keys)).payload
    } catch {
      throw new Problem('unauthenticated', 'the token is not valid')
    }
  }
}

/** Signs a token for the demo: production tokens come from the shop's own identity provider. */
export function signDemoToken(secret: string, claims: { readonly sub: string; readonly role?: 'admin' }, expiresAt: number): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, exp: Math.floor(expiresAt / 1000) })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
