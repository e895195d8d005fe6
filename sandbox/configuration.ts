import { logLevels, type LogLevel } from '@suanpan/runtime/telemetry'
import { join, resolve } from 'node:path'

/** A start that was refused, with a message for the person who tried. */
export class SandboxRefused extends Error {
  override readonly name = 'SandboxRefused'
}

export interface SandboxConfiguration {
  readonly port: number
  /** Absolute: keys, state, and the credentials for the shop. */
  readonly folder: string
  readonly logLevel: LogLevel
}

type Environment = Readonly<Record<string, string | undefined>>

const defaultShopPort = 3000

/**
 * Reads `SANDBOX_PORT` (default: `PORT` + 1), `DATA_DIR` and `LOG_LEVEL`.
 *
 * Throws `SandboxRefused` for what is not allowed, and for a live profile: a simulation beside real money is a mistake.
 */
export function readSandboxConfiguration(environment: Environment): SandboxConfiguration {
  refuseLiveProfile(environment)
  const set = (name: string) => (environment[name] === '' ? undefined : environment[name])
  const logLevel = set('LOG_LEVEL') ?? 'info'
  const known = logLevels.find((level) => level === logLevel)
  if (known === undefined) throw new SandboxRefused(`LOG_LEVEL: "${logLevel.slice(0, 100)}" is not allowed; it takes ${logLevels.join(', ')}.`)
  const shopPort = portOf('PORT', set('PORT'), defaultShopPort)
  return {
    port: portOf('SANDBOX_PORT', set('SANDBOX_PORT'), shopPort === 0 ? 0 : shopPort + 1),
    folder: join(resolve(set('DATA_DIR') ?? './data'), 'sandbox'),
    logLevel: known,
  }
}

function portOf(name: string, text: string | undefined, fallback: number): number {
  const port = text === undefined ? fallback : /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (port >= 0 && port <= 65_535) return port
  throw new SandboxRefused(`${name}: "${(text ?? String(fallback)).slice(0, 100)}" is not allowed; it takes an integer from 0 to 65535.`)
}

/** What only a shop with real accounts has in its environment. */
const liveSetting = /^(ALIPAY|WECHAT|WECHATPAY|WXPAY)_/

function refuseLiveProfile(environment: Environment): void {
  if (environment['DEMO'] === '0') {
    throw new SandboxRefused('DEMO=0 is a live profile, and this sandbox pretends to be Alipay and WeChat Pay. It runs in demo mode only: unset DEMO.')
  }
  const live = Object.keys(environment).find((name) => liveSetting.test(name) && environment[name] !== '' && environment[name] !== undefined)
  if (live !== undefined) {
    throw new SandboxRefused(
      `${live} is set: real payment accounts are configured here, and this sandbox must not stand beside them. Unset it, or start the sandbox elsewhere.`,
    )
  }
}
