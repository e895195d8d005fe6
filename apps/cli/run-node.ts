import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExitCode } from './command.ts'

/** Where the repository is, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Where Node keeps what it made of modules: its own choice where it is asked to keep it and not told where. */
const compileCache = join(tmpdir(), 'node-compile-cache')

interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv
  readonly withinMs?: number
}

/**
 * Runs this Node again with these parameters, on this terminal: a process of its own for what measures itself or is one.
 * It and all processes that it starts read modules as they were compiled before, which is a third of starting one.
 * What takes longer than `withinMs` is ended.
 */
export async function runNode(parameters: readonly string[], folder: string, { environment, withinMs }: RunOptions = {}): Promise<ExitCode> {
  const env = { NODE_COMPILE_CACHE: compileCache, ...process.env, ...environment }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...parameters], { cwd: folder, stdio: 'inherit', env, timeout: withinMs })
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return exitCode === 0 || exitCode === 2 ? exitCode : 1
}
