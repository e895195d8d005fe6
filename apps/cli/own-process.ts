import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { compiledBefore } from '@suanpan/runtime/child-process'
import type { ExitCode } from './command.ts'

interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv
  readonly withinMs?: number
}

/**
 * Runs Node's own binary again with these parameters, on this terminal: a process of its own for what measures itself or is one.
 * What takes longer than `withinMs` is ended.
 */
export async function runInOwnProcess(parameters: readonly string[], folder: string, { environment, withinMs }: RunOptions = {}): Promise<ExitCode> {
  const env = { ...compiledBefore, ...process.env, ...environment }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...parameters], { cwd: folder, stdio: 'inherit', env, timeout: withinMs })
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return exitCode === 0 || exitCode === 2 ? exitCode : 1
}
