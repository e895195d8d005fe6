import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ExitCode } from './command.ts'

/** Where the repository is, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Runs this Node again with these parameters, on this terminal: a process of its own for what measures itself or is one. */
export async function runNode(parameters: readonly string[], folder: string): Promise<ExitCode> {
  const child = spawn(process.execPath, [...parameters], { cwd: folder, stdio: 'inherit' })
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return exitCode === 0 || exitCode === 2 ? exitCode : 1
}
