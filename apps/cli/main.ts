import { runCommandLine } from './command-line.ts'
import { commands } from './commands/index.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await runCommandLine(commands, process.argv.slice(2), processTerminal())
// A channel to whoever started this process, or what a client library holds open, would keep it alive. What was printed gets out first.
process.stdout.write('', () => process.exit())
