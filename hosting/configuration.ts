import type { TokenSource } from '@suanpan/edge'
import { choice, integer, path, readSettings, StartRefused, url, type Environment, type Setting, type SettingsReader } from '@suanpan/runtime/settings'
import { logLevels, type LogLevel } from '@suanpan/runtime/telemetry'
import { isIP } from 'node:net'

/** Who says who a customer is: in demo mode anyone, with a token that the shop signs itself; otherwise whoever makes its tokens. */
export type IdentitySource = { readonly kind: 'demo' } | TokenSource

export interface Configuration {
  readonly port: number
  readonly host: string
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[]
  /** Absolute. */
  readonly dataDir: string
  /** Absent: embedded stores in the data folder. */
  readonly databaseUrl: string | undefined
  readonly identity: IdentitySource
  /** Where the payment sandbox listens, in demo mode; 0: any free port. Undefined: there is none. */
  readonly sandboxPort: number | undefined
  readonly unpaidTimeoutMs: number
  readonly sagaDeadlineMs: number
  readonly respondWithinMs: number
  readonly queueLimit: number
  readonly queueRatePerSecond: number
  /** What goes together in one transaction, call or message, at most. */
  readonly maxBatch: number
  readonly auditGraceMs: number
  readonly logLevel: LogLevel
}

const dayMs = 24 * 60 * 60 * 1000

/** An address, or a network such as 198.51.100.0/24. */
function isNetwork(text: string): boolean {
  const [address = '', prefixBits = '0', ...rest] = text.split('/')
  const version = isIP(address)
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefixBits) && Number(prefixBits) <= (version === 4 ? 32 : 128)
}

/** A claim is compared letter for letter: blanks around it are a slip. */
const claim = (meaning: string): Setting<string> => ({
  meaning,
  allowed: 'up to 500 printable characters without blanks',
  fallback: undefined,
  parse: (text) => (/^[\x21-\x7e]{1,500}$/.test(text) ? text : undefined),
})

/** What every shop can be told from outside: the one table for reading, refusing and documenting it. Beside it stand `accountSettings`, and those of a node and of the sandbox. */
export const settings = {
  PORT: integer('where HTTP listens; 0: any free port', 0, 65_535, 3000),
  HOST: {
    meaning: 'the address that HTTP listens on',
    allowed: 'an address or host name',
    fallback: '127.0.0.1',
    parse: (text) => (/^[0-9A-Za-z.:-]{1,253}$/.test(text) ? text : undefined),
  } satisfies Setting<string>,
  TRUSTED_PROXIES: {
    meaning: 'the proxies in front of this shop: from them, X-Forwarded-For is believed to name the customer; outside demo mode',
    allowed: 'addresses and networks such as 198.51.100.0/24, separated by commas',
    fallback: undefined,
    parse: (text) => {
      const networks = text.split(',').map((network) => network.trim())
      return networks.every(isNetwork) ? networks : undefined
    },
  } satisfies Setting<readonly string[]>,
  DATA_DIR: path('the folder of the embedded stores', './data'),
  DATABASE_URL: { ...url('PostgreSQL instead of embedded stores', ['postgres:', 'postgresql:']), isSecret: true } satisfies Setting<string>,
  DEMO: {
    meaning: 'sign-in for anyone, demo data, faults on demand; loopback only',
    allowed: '1 or 0',
    fallback: '1',
    parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  } satisfies Setting<boolean>,
  SANDBOX_PORT: {
    meaning: 'where the payment sandbox listens, in demo mode (default PORT + 1); off: no sandbox, and nothing to pay with',
    allowed: 'an integer from 0 to 65535, or off',
    fallback: undefined,
    parse: (text) => (text === 'off' ? text : /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
  } satisfies Setting<number | 'off'>,
  UNPAID_TIMEOUT_MS: integer('how long an order may wait for its payment', 1_000, 30 * dayMs, 15 * 60_000),
  SAGA_DEADLINE_MS: integer('how long an order may stay pending', 500, 600_000, 10_000),
  RESPOND_WITHIN_MS: integer('after this long a synchronous order is answered 202', 10, 60_000, 2_000),
  QUEUE_LIMIT: integer('accepted orders that may wait', 1, 10_000_000, 10_000),
  QUEUE_RATE_PER_SECOND: integer('accepted orders worked off a second', 1, 1_000_000, 2_000),
  MAX_BATCH: integer('for measuring what batches are worth: orders or messages in one transaction, call or message at most; 1: no batches', 1, 500, 500),
  AUDIT_GRACE_MS: integer('how long a message may be on its way before the audit calls it lost', 0, dayMs, 30_000),
  JWT_SECRET: {
    meaning: 'the secret of HS256 tokens, outside demo mode',
    allowed: 'at least 32 characters',
    fallback: undefined,
    isSecret: true,
    parse: (text) => (text.length >= 32 ? text : undefined),
  } satisfies Setting<string>,
  JWKS_URL: url("the identity provider's published keys, instead of JWT_SECRET, outside demo mode", ['http:', 'https:']),
  JWT_ISSUER: claim('what tokens must have as iss: who made them; needed with JWKS_URL'),
  JWT_AUDIENCE: claim('what tokens must have in aud: for whom they were made, which is this shop; needed with JWKS_URL'),
  LOG_LEVEL: choice('how much is logged', logLevels, 'info'),
}

export type SettingName = keyof typeof settings

/** Reads the configuration from environment variables. Throws `StartRefused`. */
export function readConfiguration(environment: Environment): Configuration {
  const reader = readSettings(environment)
  const { optional, required } = reader
  const port = required('PORT', settings.PORT)
  const sandboxPort = optional('SANDBOX_PORT', settings.SANDBOX_PORT) ?? (port === 0 || port === 65_535 ? 0 : port + 1)
  const identity = readIdentity(reader)
  return {
    port,
    host: required('HOST', settings.HOST),
    trustedProxies: optional('TRUSTED_PROXIES', settings.TRUSTED_PROXIES) ?? [],
    dataDir: required('DATA_DIR', settings.DATA_DIR),
    databaseUrl: optional('DATABASE_URL', settings.DATABASE_URL),
    identity,
    sandboxPort: identity.kind === 'demo' && sandboxPort !== 'off' ? sandboxPort : undefined,
    unpaidTimeoutMs: required('UNPAID_TIMEOUT_MS', settings.UNPAID_TIMEOUT_MS),
    sagaDeadlineMs: required('SAGA_DEADLINE_MS', settings.SAGA_DEADLINE_MS),
    respondWithinMs: required('RESPOND_WITHIN_MS', settings.RESPOND_WITHIN_MS),
    queueLimit: required('QUEUE_LIMIT', settings.QUEUE_LIMIT),
    queueRatePerSecond: required('QUEUE_RATE_PER_SECOND', settings.QUEUE_RATE_PER_SECOND),
    maxBatch: required('MAX_BATCH', settings.MAX_BATCH),
    auditGraceMs: required('AUDIT_GRACE_MS', settings.AUDIT_GRACE_MS),
    logLevel: required('LOG_LEVEL', settings.LOG_LEVEL),
  }
}

function readIdentity({ optional, required }: SettingsReader): IdentitySource {
  const secret = optional('JWT_SECRET', settings.JWT_SECRET)
  const jwksUrl = optional('JWKS_URL', settings.JWKS_URL)
  const issuer = optional('JWT_ISSUER', settings.JWT_ISSUER)
  const audience = optional('JWT_AUDIENCE', settings.JWT_AUDIENCE)
  if (required('DEMO', settings.DEMO)) {
    refuseOtherHosts(required('HOST', settings.HOST))
    const trustedProxies = optional('TRUSTED_PROXIES', settings.TRUSTED_PROXIES)
    refuseInDemo({ JWT_SECRET: secret, JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience, TRUSTED_PROXIES: trustedProxies })
    return { kind: 'demo' }
  }
  if (jwksUrl === undefined) {
    if (secret === undefined) throw new StartRefused('DEMO=0 needs JWT_SECRET or JWKS_URL: without one, no token could be verified.')
    return { kind: 'secret', secret, issuer, audience }
  }
  if (secret !== undefined) throw new StartRefused('JWT_SECRET and JWKS_URL are both set: say which one verifies tokens, and unset the other.')
  if (issuer === undefined || audience === undefined) {
    throw new StartRefused(
      'JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE: an identity provider signs the tokens of all its applications with the same keys, ' +
        'and those of another one would open this shop.',
    )
  }
  return { kind: 'jwks', url: jwksUrl, issuer, audience }
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

function refuseOtherHosts(host: string): void {
  if (loopback.has(host)) return
  throw new StartRefused(`DEMO lets anyone sign in as anyone, so it listens on loopback only, not on HOST "${host}". Set DEMO=0, or HOST=127.0.0.1.`)
}

/** Throws for what only a live shop heeds: whoever sets it means one, and would get a demo that is open to everybody. */
function refuseInDemo(ofLiveShops: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(ofLiveShops).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (given.length === 0) return
  throw new StartRefused(
    `${given.join(', ')}: not heeded by a demo, in which anyone signs in as anyone, and which this is unless DEMO is 0. ` +
      `Set DEMO=0, or leave ${given.join(', ')} out.`,
  )
}
