import { resolve } from 'node:path'

/** A start that was refused, with a message for the person who tried. */
export class StartRefused extends Error {
  override readonly name: string = 'StartRefused'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Something that can be set from outside: what reads, refuses and documents it. */
export interface Setting<Value> {
  /** Said beside the name; empty where the name says it. */
  readonly meaning: string
  readonly allowed: string
  readonly fallback: string | undefined
  /** Never shown: a secret, a URL that may have a password in it, or what stands beside secrets. */
  readonly isSecret?: true
  /** Undefined: the text is not allowed. */
  readonly parse: (text: string) => Value | undefined
}

/** An empty variable counts as not set. Everything throws `StartRefused` naming the variable, what it is, and what is allowed. */
export interface SettingsReader {
  isSet(name: string): boolean
  optional<Value>(name: string, setting: Setting<Value>): Value | undefined
  /** Refuses a setting that is not set, and has no fallback. */
  required<Value>(name: string, setting: Setting<Value>): Value
}

/** Reads settings from environment variables, or from any record like them. */
export function readSettings(environment: Environment): SettingsReader {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== ''

  function optional<Value>(name: string, setting: Setting<Value>): Value | undefined {
    const { allowed, fallback, isSecret, parse } = setting
    const text = isSet(name) ? environment[name] : fallback
    if (text === undefined) return undefined
    const value = parse(text)
    if (value !== undefined) return value
    const shown = isSecret === true ? 'what it is set to' : `"${text.slice(0, 100)}"`
    throw new StartRefused(`${described(name, setting)}: ${shown} is not allowed; it takes ${allowed}.`)
  }

  return {
    isSet,
    optional,
    required: (name, setting) => {
      const value = optional(name, setting)
      if (value === undefined) throw new StartRefused(`${described(name, setting)} is not set; it takes ${setting.allowed}.`)
      return value
    },
  }
}

const described = (name: string, { meaning }: Setting<unknown>): string => (meaning === '' ? name : `${name} (${meaning})`)

export function integer(meaning: string, minimum: number, maximum: number, fallback: number): Setting<number> {
  const parse = (text: string) => (/^\d{1,12}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum ? Number(text) : undefined)
  return { meaning, allowed: `an integer from ${minimum} to ${maximum}`, fallback: String(fallback), parse }
}

export function choice<Value extends string>(meaning: string, values: readonly Value[], fallback: Value): Setting<Value> {
  return { meaning, allowed: values.join(', '), fallback, parse: (text) => values.find((value) => value === text) }
}

/** Absolute. */
export function path(meaning: string, fallback: string): Setting<string> {
  return { meaning, allowed: 'a path', fallback, parse: (text) => (text.includes('\0') ? undefined : resolve(text)) }
}

export function url(meaning: string, protocols: readonly string[]): Setting<string> {
  const parse = (text: string) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined)
  return { meaning, allowed: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`, fallback: undefined, parse }
}
