import { pino } from 'pino'

/** Structured logging: facts first, then a sentence for people. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** Whatever could let somebody act in another's name never reaches a log line. */
const secrets = ['authorization', 'token', 'secret', 'password', 'privateKey', 'sign', 'signature']

/** JSON lines on standard error, so that standard output stays for what was asked for; `facts` are in each of them. */
export function createLog(level: LogLevel, facts: Readonly<Record<string, string>> = {}): Log {
  const paths = secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const serializers = { error: pino.stdSerializers.err }
  return pino(
    { level, base: { ...facts }, timestamp: pino.stdTimeFunctions.isoTime, serializers, redact: { paths, censor: '[redacted]' } },
    pino.destination(2),
  )
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
