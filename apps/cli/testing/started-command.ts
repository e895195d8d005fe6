import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { hasEnded } from '@suanpan/runtime/child-process'
import { program } from '../program.ts'

const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
})

export interface StartedCommand {
  readonly child: ChildProcess
  /** Everything it said, once it said this or ended. */
  saidUntil(what: RegExp): Promise<string>
  readonly ended: Promise<{ readonly exitCode: number | null; readonly said: string }>
}

/** Runs a command of the program with a channel to its parent, as the launcher does. It is gone when the tests are. */
export function startCommand(name: string, environment: Readonly<Record<string, string>>, parameters: readonly string[] = []): StartedCommand {
  const env = { ...process.env, LOG_LEVEL: 'silent', ...environment }
  const child = spawn(process.execPath, [program, name, ...parameters], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  children.push(child)
  let said = ''
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
  for (const stream of streams) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  // Not `close`: it does not come after a `disconnect` from this side.
  const ended = Promise.all([once(child, 'exit'), ...streams.map((stream) => once(stream, 'end'))])
  return {
    child,
    ended: ended.then(() => ({ exitCode: child.exitCode, said })),
    async saidUntil(what) {
      while (!what.test(said) && !hasEnded(child)) await new Promise((resolve) => setTimeout(resolve, 20))
      return said
    },
  }
}
