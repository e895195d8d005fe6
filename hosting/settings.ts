import type { Environment } from '@suanpan/channels/configuration'
import { isIP } from 'node:net'

/** A start that was refused, with a message for the person who tried. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}

/** Something that can be set from outside: what reads, refuses and documents it. */
export interface Setting<Value> {
  readonly meaning: string
  readonly allowed: string
  readonly fallback: string | undefined
  /** Never shown: a secret, or a URL that may have a password in it. */
  readonly isSecret?: true
  /** Undefined: the text is not allowed. */
  readonly parse: (text: string) => Value | undefined
}

export interface SettingsReader {
  /** An empty variable counts as not set. Throws `StartRefused` naming the variable, what it is, and what is allowed. */
  optional<Value>(name: string, setting: Setting<Value>): Value | undefined
  /** Of a setting that has a fallback, or whose absence was refused before. */
  required<Value>(name: string, setting: Setting<Value>): Value
}

export function readSettings(environment: Environment): SettingsReader {
  function optional<Value>(name: string, { meaning, allowed, fallback, isSecret, parse }: Setting<Value>): Value | undefined {
    const given = environment[name]
    const text = given === undefined || given === '' ? fallback : given
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) {
      const shown = isSecret === true ? 'what it is set to' : `"${text.slice(0, 100)}"`
      throw new StartRefused(`${name} (${meaning}): ${shown} is not allowed; it takes ${allowed}.`)
    }
    return value
  }
  return {
    optional,
    required: (name, setting) => {
      const value = optional(name, setting)
      if (value === undefined) throw new StartRefused(`${name} (${setting.meaning}) is not set; it takes ${setting.allowed}.`)
      return value
    },
  }
}

export function integer(meaning: string, minimum: number, maximum: number, fallback: number): Setting<number> {
  const parse = (text: string) => (/^\d{1,12}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum ? Number(text) : undefined)
  return { meaning, allowed: `an integer from ${minimum} to ${maximum}`, fallback: String(fallback), parse }
}

export function url(meaning: string, protocols: readonly string[]): Setting<string> {
  const parse = (text: string) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined)
  return { meaning, allowed: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`, fallback: undefined, parse }
}

/** An address, or a network such as 198.51.100.0/24. */
export function isNetwork(text: string): boolean {
  const [address = '', prefixBits = '0', ...rest] = text.split('/')
  const version = isIP(address)
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefixBits) && Number(prefixBits) <= (version === 4 ? 32 : 128)
}
