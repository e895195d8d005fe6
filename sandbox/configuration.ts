import { choice, integer, path, readSettings, StartRefused, type Environment, type Setting } from '@suanpan/runtime/settings'
import { logLevels, type LogLevel } from '@suanpan/runtime/telemetry'
import { join } from 'node:path'

export interface SandboxConfiguration {
  readonly port: number
  /** Absolute: keys, state, and the credentials for the shop. */
  readonly folder: string
  readonly logLevel: LogLevel
}

const defaultShopPort = 3000

/**
 * Reads `SANDBOX_PORT` (default: `PORT` + 1), `DATA_DIR` and `LOG_LEVEL`.
 *
 * Throws `StartRefused` for what is not allowed, and for a live profile: a simulation beside real money is a mistake.
 */
export function readSandboxConfiguration(environment: Environment): SandboxConfiguration {
  refuseLiveProfile(environment)
  const { required } = readSettings(environment)
  const logLevel = required('LOG_LEVEL', choice('', logLevels, 'info'))
  const shopPort = required('PORT', port(defaultShopPort))
  return {
    port: required('SANDBOX_PORT', port(shopPort === 0 ? 0 : shopPort + 1)),
    folder: join(required('DATA_DIR', path('', './data')), 'sandbox'),
    logLevel,
  }
}

const port = (fallback: number): Setting<number> => integer('', 0, 65_535, fallback)

/** What only a shop with real accounts has in its environment. */
const liveSetting = /^(ALIPAY|WECHAT|WECHATPAY|WXPAY)_/

function refuseLiveProfile(environment: Environment): void {
  if (environment['DEMO'] === '0') {
    throw new StartRefused('DEMO=0 is a live profile, and this sandbox pretends to be Alipay and WeChat Pay. It runs in demo mode only: unset DEMO.')
  }
  const { isSet } = readSettings(environment)
  const live = Object.keys(environment).find((name) => liveSetting.test(name) && isSet(name))
  if (live !== undefined) {
    throw new StartRefused(
      `${live} is set: real payment accounts are configured here, and this sandbox must not stand beside them. Unset it, or start the sandbox elsewhere.`,
    )
  }
}
