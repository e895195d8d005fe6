import { parseArgs } from 'node:util'

/** What a flag takes, and what `--help` says about it. */
export type Flag =
  | { readonly kind: 'switch'; readonly help: string }
  | { readonly kind: 'text'; readonly value: string; readonly help: string; readonly fallback?: string }
  | {
      readonly kind: 'number'
      readonly value: string
      readonly help: string
      readonly minimum: number
      readonly maximum: number
      /** Fractions are refused unless this is set. */
      readonly fractional?: true
      readonly fallback?: number
    }
  /** Milliseconds, written with their unit: `500ms`, `30s`, `2m`. */
  | { readonly kind: 'duration'; readonly value: string; readonly help: string; readonly fallback?: number }

export type Flags = { readonly [name: string]: Flag }

type ValueOf<Definition extends Flag> = Definition extends { kind: 'switch' }
  ? boolean
  : (Definition extends { kind: 'text' } ? string : number) | (Definition extends { fallback: string | number } ? never : undefined)

export type FlagValues<Definitions extends Flags> = { readonly [Name in keyof Definitions]: ValueOf<Definitions[Name]> }

/** The command line asks for something that does not exist or cannot be: the message says what, and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const unitMs: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000 }

function readDuration(name: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? []
  const milliseconds = Number(amount) * (unitMs[unit] ?? NaN)
  if (!(milliseconds > 0)) throw new UsageError(`--${name} is a time with its unit, such as 500ms, 30s or 2m, not "${text}"`)
  return milliseconds
}

function readNumber(name: string, text: string, { minimum, maximum, fractional }: Extract<Flag, { kind: 'number' }>): number {
  const pattern = fractional === true ? /^\d{1,15}(\.\d{1,9})?$/ : /^\d{1,15}$/
  const number = pattern.test(text) ? Number(text) : NaN
  if (number >= minimum && number <= maximum) return number
  const what = fractional === true ? 'a number' : 'a whole number'
  throw new UsageError(`--${name} is ${what} from ${minimum} to ${maximum}, not "${text}"`)
}

function read(name: string, flag: Flag, given: string | boolean | undefined): string | number | boolean | undefined {
  if (flag.kind === 'switch') return given === true
  if (typeof given !== 'string') return flag.fallback
  switch (flag.kind) {
    case 'text':
      if (given === '') throw new UsageError(`--${name} is empty`)
      return given
    case 'number':
      return readNumber(name, given, flag)
    case 'duration':
      return readDuration(name, given)
  }
}

/** What follows the flags, and the flags' values. Throws `UsageError`. */
export function parseFlags<Definitions extends Flags>(
  definitions: Definitions,
  words: readonly string[],
): { readonly values: FlagValues<Definitions>; readonly rest: readonly string[] } {
  const options = Object.fromEntries(Object.entries(definitions).map(([name, { kind }]) => [name, { type: kind === 'switch' ? 'boolean' : 'string' } as const]))
  const parsed = parseGiven(words, options)
  const values = Object.entries(definitions).map(([name, flag]) => [name, read(name, flag, parsed.values[name])])
  return { values: Object.fromEntries(values) as FlagValues<Definitions>, rest: parsed.positionals }
}

function parseGiven(words: readonly string[], options: Record<string, { type: 'boolean' | 'string' }>) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message.replace(/\. To specify.*$/s, ''), { cause: error })
  }
}

const durationText = (milliseconds: number) => (milliseconds % 1_000 === 0 ? `${milliseconds / 1_000}s` : `${milliseconds}ms`)

/** A flag as the help shows it: how it is written, and what it means. */
export function describeFlag(name: string, flag: Flag): [usage: string, help: string] {
  if (flag.kind === 'switch') return [`--${name}`, flag.help]
  const fallback = flag.kind === 'duration' && flag.fallback !== undefined ? durationText(flag.fallback) : flag.fallback
  return [`--${name} <${flag.value}>`, fallback === undefined ? flag.help : `${flag.help} (default ${fallback})`]
}
