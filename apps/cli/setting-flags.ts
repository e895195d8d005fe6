import type { Setting } from '@suanpan/hosting'
import type { Flag } from './flags.ts'

type TextFlag = Extract<Flag, { kind: 'text' }>

/** PORT is --port, DATA_DIR is --data-dir. */
const flagOf = (name: string): string => name.toLowerCase().replaceAll('_', '-')

export interface SettingFlags {
  readonly flags: { readonly [flag: string]: TextFlag }
  /** The environment, and what was given on the command line over it. */
  environment(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>>
}

/** A flag for each setting that can be set by the environment. A secret has none: command lines are seen by everyone on the machine. */
export function settingFlags(settings: Readonly<Record<string, Setting<unknown>>>): SettingFlags {
  const names = Object.keys(settings).filter((name) => name !== 'JWT_SECRET')
  const entries = names.map((name): [string, TextFlag] => {
    const { meaning = '', allowed = '', fallback } = settings[name] ?? {}
    const help = `${meaning} (${allowed}${fallback === undefined ? '' : `; default ${fallback}`})`
    return [flagOf(name), { kind: 'text', value: name, help }]
  })
  return {
    flags: Object.fromEntries(entries),
    environment: (given) => ({ ...process.env, ...Object.fromEntries(names.map((name) => [name, given[flagOf(name)] ?? process.env[name]])) }),
  }
}
