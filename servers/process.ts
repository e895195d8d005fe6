import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerProcessOptions {
  readonly command: string
  readonly parameters: readonly string[]
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
  /** Another user and group: some servers refuse to run as root. */
  readonly identity?: { readonly uid: number; readonly gid: number }
  /** What it says goes there; what an earlier one has said is overwritten. */
  readonly logFile: string
  /** What ends it when this process is gone: a server that cleans up quickly may do so, another one is killed. */
  readonly lastSignal: 'KILL' | 'QUIT'
  /** Removed after that: for servers whose data is thrown away. */
  readonly removedFolder?: string
}

/** A server that is not of ours, such as a database or a JVM. It ends with this process, however that ends. */
export interface ServerProcess {
  readonly pid: number
  readonly logFile: string
  readonly isRunning: boolean
  readonly ended: Promise<void>
  /** Resolves after the end where the signal is one that ends it. */
  signal(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

/**
 * The watcher is nobody's child, so that no server wonders about it. It reads a pipe that stays open as long as this
 * process lives; a line in it says that it is not needed any more. Servers beside this one may write into the folder for
 * a moment longer.
 */
const remove = 'for try in 1 2 3 4 5; do rm -rf "$REMOVED" && break; sleep 0.5; done'
const watch = `read -r line || { kill -"$LAST" $$; while kill -0 $$; do sleep 0.1; done; [ -z "$REMOVED" ] || { ${remove}; }; }`
const script = `( ( ${watch} ) <&3 >/dev/null 2>&1 & ) ; exec "$0" "$@" 3<&-`

/** In a process group of its own: a terminal's Ctrl-C is for this process, which ends its servers in its own order. */
export function startServerProcess(options: ServerProcessOptions): ServerProcess {
  const { command, parameters, cwd, environment = {}, identity = {}, logFile, lastSignal, removedFolder = '' } = options
  const log = openSync(logFile, 'w')
  const env = { ...process.env, ...environment, LAST: lastSignal, REMOVED: removedFolder }
  const child = spawn('sh', ['-c', script, command, ...parameters], { cwd, env, stdio: ['ignore', log, log, 'pipe'], detached: true, ...identity })
  closeSync(log)
  const pipe = child.stdio[3]
  if (!(pipe instanceof Socket)) throw new Error('a pipe was asked for')
  // Neither the pipe nor the server keeps this process alive.
  pipe.unref()
  child.unref()
  // The watcher may be gone by the time that it is told.
  pipe.on('error', () => {})
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const ended = once(child, 'exit').then(() => void pipe.end('ended\n'))
  return {
    pid: child.pid ?? 0,
    logFile,
    get isRunning() {
      return isRunning()
    },
    ended,
    signal: async (signal) => {
      if (!isRunning()) return
      // A stopped process hears nothing but SIGKILL.
      if (signal !== 'SIGSTOP' && signal !== 'SIGKILL') child.kill('SIGCONT')
      child.kill(signal)
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') return
      child.ref()
      await ended
    },
  }
}

export interface ReadyOptions {
  readonly name: string
  readonly withinMs: number
  /** Asked again and again; a rejection is a no. */
  readonly isReady: () => Promise<boolean> | boolean
}

const lookEveryMs = 100

/** Waits until the server serves. Rejects with the end of its log if it ends before, or is late. */
export async function untilReady(server: ServerProcess, { name, withinMs, isReady }: ReadyOptions): Promise<void> {
  const until = performance.now() + withinMs
  const asked = async (): Promise<boolean> => isReady()
  while (!(await asked().catch(() => false))) {
    if (!server.isRunning || performance.now() > until)
      throw new Error(`${name} did not come up. Its log ends:\n${readFileSync(server.logFile, 'utf8').slice(-4_000)}`)
    await sleep(lookEveryMs)
  }
}
