import { runCommandLine } from './command-line.ts'
import { commands } from './commands/index.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await runCommandLine(commands, process.argv.slice(2), processTerminal())
