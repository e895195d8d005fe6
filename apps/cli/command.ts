import { describeFlag, parseFlags, UsageError, type Flags, type FlagValues } from './flags.ts'
import { formatTable, wrapped, type Terminal } from './terminal.ts'

/** 0: done; 1: done, and what it looked at is not as it must be; 2: could not be done. */
export type ExitCode = 0 | 1 | 2

export interface CommandDefinition<Definitions extends Flags> {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** For a newcomer: what happens, and what to expect. */
  readonly description: readonly string[]
  readonly flags: Definitions
  /** What is read from the environment and has no flag; absent: nothing. */
  readonly environmentOnly?: readonly (readonly [name: string, meaning: string])[]
  /** What may follow the flags, as the help shows it; absent: nothing. */
  readonly operands?: string
  readonly examples: readonly (readonly [line: string, meaning: string])[]
  run(values: FlagValues<Definitions>, terminal: Terminal, operands: readonly string[]): Promise<ExitCode>
}

export interface Command {
  readonly name: string
  readonly summary: string
  help(terminal: Terminal): string[]
  /** Throws `UsageError` for words it does not understand. */
  run(words: readonly string[], terminal: Terminal): Promise<ExitCode>
}

/** As wide as most terminals are, or can be made. */
const helpColumns = 120

/** Names, and what they mean, in lines of their own column. */
function explained(rows: readonly (readonly [name: string, meaning: string])[]): string[] {
  const nameColumns = Math.max(0, ...rows.map(([name]) => name.length))
  // Two before the names, two between the columns.
  const columns = Math.max(40, helpColumns - nameColumns - 4)
  return formatTable(rows.flatMap(([name, meaning]) => wrapped(meaning, columns).map((line, index) => [index === 0 ? name : '', line])))
}

/** npm hands flags on only after `--`, and what stood behind such a flag without it. */
function npmHint(): string {
  const script = process.env['npm_lifecycle_event']
  if (script === undefined || script === 'npx') return ''
  return `. npm keeps flags for itself unless they follow "--": npm ${script === 'start' || script === 'test' ? '' : 'run '}${script} -- --flag value`
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`)

function helpOf<Definitions extends Flags>(definition: CommandDefinition<Definitions>, { paint }: Terminal): string[] {
  const { name, summary, description, flags, environmentOnly = [], operands, examples } = definition
  const flagRows = Object.entries(flags).map(([flag, details]) => describeFlag(flag, details))
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', paint('bold', title), ...indented(lines)])
  return [
    `${paint('bold', `suanpan ${name}`)}: ${summary}`,
    '',
    ...description,
    ...section('Usage', [['npx suanpan', name, operands ?? '', flagRows.length > 0 ? '[flags]' : ''].filter(Boolean).join(' ')]),
    ...section('Flags', explained(flagRows)),
    ...section('Environment variables without a flag', explained(environmentOnly)),
    ...section(
      'Examples',
      examples.flatMap(([line, meaning]) => [line, paint('dim', `    ${meaning}`)]),
    ),
  ]
}

/** Gives a command its flag parsing and its help. */
export function defineCommand<const Definitions extends Flags>(definition: CommandDefinition<Definitions>): Command {
  const { name, summary, flags, operands } = definition
  return {
    name,
    summary,
    help: (terminal) => helpOf(definition, terminal),
    async run(words, terminal) {
      if (words.includes('--help') || words.includes('-h')) {
        for (const line of helpOf(definition, terminal)) terminal.print(line)
        return 0
      }
      const { values, rest } = parseFlags(flags, words)
      if (operands === undefined && rest.length > 0) throw new UsageError(`${name} takes only flags, not "${rest.join(' ')}"${npmHint()}`)
      return definition.run(values, terminal, rest)
    },
  }
}
