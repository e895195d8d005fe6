import { readFileSync } from 'node:fs'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Command, ExitCode } from './command.ts'
import { UsageError } from './flags.ts'
import { ShopRefused, ShopUnreachable } from './shop-client.ts'
import { formatTable, type Terminal } from './terminal.ts'

function overview(commands: readonly Command[], { paint }: Terminal): string[] {
  return [
    `${paint('bold', 'suanpan')}: the order-and-payment core of a shop whose books balance whatever fails`,
    '',
    paint('bold', 'Usage'),
    '  npx suanpan <command> [flags]',
    '',
    paint('bold', 'Commands'),
    ...formatTable(commands.map(({ name, summary }) => [name, summary])).map((line) => `  ${line}`),
    '',
    'npx suanpan help <command> tells more, with examples. Begin with: npx suanpan start',
  ]
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  throw new UsageError(`there is no command "${name}"; there are ${commands.map((command) => command.name).join(', ')}`)
}

async function dispatch(commands: readonly Command[], words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = words
  const print = (lines: readonly string[]): ExitCode => {
    for (const line of lines) terminal.print(line)
    return 0
  }
  switch (name) {
    case undefined:
    case '--help':
    case '-h':
      return print(overview(commands, terminal))
    case 'help':
      return print(rest[0] === undefined || rest[0] === '--help' ? overview(commands, terminal) : find(commands, rest[0]).help(terminal))
    case '--version':
    case '-v':
      return print([version()])
    default:
      return find(commands, name).run(rest, terminal)
  }
}

/** Runs one command line. Answers the exit code; throws only for bugs. */
export async function runCommandLine(commands: readonly Command[], words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(commands, words, terminal)
  } catch (error) {
    terminal.progress('')
    if (error instanceof UsageError) {
      const known = commands.some(({ name }) => name === words[0])
      terminal.complain(`suanpan: ${error.message}`)
      terminal.complain(`Try: npx suanpan help${known ? ` ${words[0]}` : ''}`)
      return 2
    }
    if (error instanceof ShopUnreachable || error instanceof ShopRefused || error instanceof StartRefused) {
      terminal.complain(`suanpan: ${error.message}`)
      return 2
    }
    throw error
  }
}
