import type { Setting } from '@suanpan/runtime/settings'
import type { Flag } from './flags.ts'

type TextFlag = Extract<Flag, { kind: 'text' }>

/** PORT is --port, DATA_DIR is --data-dir. */
const flagOf = (name: string): string => name.toLowerCase().replaceAll('_', '-')

export interface SettingFlags {
  readonly flags: { readonly [flag: string]: TextFlag }
  readonly environmentOnly: readonly (readonly [name: string, meaning: string])[]
  /** The environment, and what was given on the command line over it. */
  environment(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>>
}

type Described = Pick<Setting<unknown>, 'meaning' | 'allowed' | 'fallback'>

const helpOf = ({ meaning, allowed, fallback }: Described) => `${meaning} (${allowed}${fallback === undefined ? '' : `; default ${fallback}`})`

/** What is set by the environment alone, and what each is. */
export function withoutFlags(settings: Readonly<Record<string, Described>>): SettingFlags['environmentOnly'] {
  return Object.entries(settings).map(([name, setting]) => [name, helpOf(setting)])
}

/**
 * A flag for each setting that can be set by the environment. A secret has none, nor has a URL that may have a password in it:
 * command lines are seen by everyone on the machine. Nor has what stands beside secrets, the accounts at the platforms: they
 * are kept in one place.
 */
export function settingFlags(settings: Readonly<Record<string, Setting<unknown>>>, accounts: Readonly<Record<string, Described>>): SettingFlags {
  const secrets = Object.entries(settings).filter(([, { isSecret }]) => isSecret === true)
  const flagged = Object.entries(settings).filter(([, { isSecret }]) => isSecret !== true)
  const names = flagged.map(([name]) => name)
  const entries = flagged.map(([name, setting]): [string, TextFlag] => [flagOf(name), { kind: 'text', value: name, help: helpOf(setting) }])
  return {
    flags: Object.fromEntries(entries),
    environmentOnly: withoutFlags({ ...Object.fromEntries(secrets), ...accounts }),
    environment: (given) => ({ ...process.env, ...Object.fromEntries(names.map((name) => [name, given[flagOf(name)] ?? process.env[name]])) }),
  }
}
