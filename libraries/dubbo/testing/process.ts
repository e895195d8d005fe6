import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program of a test: it is asked by signals and lines, and answers by lines. */
export interface Program {
  readonly pid: number
  /** All lines so far. */
  readonly lines: readonly string[]
  /** The next line that begins with this; of those that came already, too, but each only once. */
  line(start: string, withinMs?: number): Promise<string>
  say(line: string): void
  /** Sends the signal, and waits for the end if the signal ends it. */
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  readonly ended: Promise<void>
}

const running = new Set<ChildProcess>()
// A test that fails or is interrupted leaves nothing running.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    // A program that has a handler of its own ends in its own time.
    if (process.listenerCount(signal) === 0) process.exit(1)
  })

/** Java is ready in three seconds, or in more than a minute where the machine is busy with other work. */
const defaultWithinMs = 180_000

export function startProgram(command: string, parameters: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(command, parameters, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  const lines: string[] = []
  let errors = ''
  let waiting: (() => void)[] = []
  let read = 0
  createInterface(child.stdout).on('line', (said) => {
    lines.push(said)
    wake()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-8_000)
  })
  // A program that is gone takes no more lines.
  child.stdin.on('error', () => {})
  const ended = once(child, 'exit').then(() => {
    running.delete(child)
    wake()
  })

  function wake(): void {
    for (const resume of waiting) resume()
    waiting = []
  }

  async function line(start: string, withinMs = defaultWithinMs): Promise<string> {
    const until = Date.now() + withinMs
    for (;;) {
      for (; read < lines.length; read++) if (lines[read]?.startsWith(start) === true) return lines[read++] as string
      if (!running.has(child) || Date.now() > until)
        throw new Error(`${command} did not say "${start}…" within ${withinMs} ms; it said:\n${lines.slice(-30).join('\n')}\n${errors}`)
      await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), new Promise((resolve) => setTimeout(resolve, 200))])
    }
  }

  return {
    pid: child.pid ?? 0,
    lines,
    line,
    say: (text) => void child.stdin.write(`${text}\n`),
    signal: async (signal) => {
      child.kill(signal)
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended
    },
    ended,
  }
}
