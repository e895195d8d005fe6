import type { NodeNews } from '@suanpan/node'
import { compiledBefore, endWithin, untilEnded } from '@suanpan/runtime/child-process'
import { StartRefused } from '@suanpan/runtime/settings'
import type { SandboxNews } from '@suanpan/sandbox'
import { fork, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessEnvironment } from './options.ts'
import type { PlannedProcess } from './plan.ts'
import { withoutSettings } from './settings.ts'

export interface ProcessOptions extends PlannedProcess {
  /** What it is started with: the program's file and its words. */
  readonly program: string
  readonly words: readonly string[]
  readonly environment: ProcessEnvironment
  readonly logFile: string
  readonly onNews: (news: string) => void
  /** Told whenever it has become ready. */
  readonly onReady: () => void
}

/** What a process has told once it was ready. */
export type ReadyNews = NodeNews | SandboxNews

/** A process of the cluster. One that ends by itself is started again, later each time. */
export interface ClusterProcess extends PlannedProcess {
  readonly logFile: string
  /** Of the one that runs, or ran last. */
  readonly pid: number
  readonly isReady: boolean
  /** Where its operators look, on loopback; undefined while it is not ready, and of the sandbox. */
  readonly operationsPort: number | undefined
  /** How often it ended by itself, or was killed. */
  readonly deaths: number
  /** What it said when it became ready; waits for that. Rejects once it is stopped. */
  untilReady(withinMs?: number): Promise<ReadyNews>
  /** SIGKILL; it is started again, as whenever it dies. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** Ends it in good order, and starts it again, from now on with these settings beside the old ones. Resolves once it is ready. */
  restart(environment?: ProcessEnvironment): Promise<void>
  /** Ends it for good: in good order, or, after so long, by force. */
  stop(withinMs: number): Promise<void>
}

/** A machine that is busy with other things once took two minutes. */
const readyWithinMs = 240_000
/** Longer than a process takes to finish what is under way; after that it is killed. */
const restartWithinMs = 25_000
/** A process that lived for as long as this begins anew with the shortest pause. */
const livedMs = 30_000
const firstPauseMs = 500
const longestPauseMs = 15_000
const lookEveryMs = 20
/** A start that was refused: it said why, and would be refused again. */
const refusedCode = 2

export function startProcess(options: ProcessOptions): ClusterProcess {
  const { name, role, port, logFile, onNews, onReady } = options
  let { environment } = options
  let child = spawn(options, 'w')
  let news: ReadyNews | undefined
  let isStopped = false
  /** That one is meant to end. */
  let ending: ChildProcess | undefined
  let refusal: string | undefined
  let deaths = 0
  let pauseMs = firstPauseMs
  let hasBeenReady = false
  watch()

  function watch(): void {
    const own = child
    const startedAt = performance.now()
    news = undefined
    own.once('message', (message: ReadyNews) => {
      news = message
      hasBeenReady = true
      onReady()
    })
    own.once('exit', (code, signal) => {
      news = undefined
      if (isStopped || own === ending) return
      deaths++
      // Of a first start that ends, whoever started the cluster is told; afterwards it is tried for as long as it takes.
      if (!hasBeenReady) {
        refusal = `${name} ended while it started${code === refusedCode ? '' : ` (${signal ?? `exit code ${code}`})`}: ${lastWords(logFile)}`
        return
      }
      if (performance.now() - startedAt > livedMs) pauseMs = firstPauseMs
      onNews(`${name} (${own.pid ?? 0}) ended with ${signal ?? `exit code ${code}`}; it is started again in ${pauseMs} ms. Its log: ${logFile}`)
      void startAgain(own, pauseMs)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    })
  }

  async function startAgain(dead: ChildProcess, afterMs: number): Promise<void> {
    await sleep(afterMs)
    // Somebody may have started it meanwhile.
    if (isStopped || child !== dead) return
    child = spawn({ ...options, environment }, 'a')
    watch()
  }

  async function end(withinMs: number): Promise<void> {
    const own = child
    await endWithin(own, withinMs, () => {
      own.kill('SIGCONT')
      own.kill('SIGTERM')
    })
  }

  async function untilReady(withinMs = readyWithinMs): Promise<ReadyNews> {
    for (const until = performance.now() + withinMs; ; await sleep(lookEveryMs)) {
      if (news !== undefined) return news
      if (refusal !== undefined) throw new StartRefused(refusal)
      if (isStopped) throw new Error(`${name} is stopped`)
      if (performance.now() > until) throw new StartRefused(`${name} was not ready within ${withinMs / 1000} s: ${lastWords(logFile)}`)
    }
  }

  return {
    name,
    role,
    port,
    logFile,
    get pid() {
      return child.pid ?? 0
    },
    get isReady() {
      return news !== undefined
    },
    get operationsPort() {
      return news?.kind === 'node is ready' ? news.operationsPort : undefined
    },
    get deaths() {
      return deaths
    },
    untilReady,
    kill: async () => {
      const own = child
      own.kill('SIGKILL')
      await untilEnded(own)
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    restart: async (changed = {}) => {
      environment = { ...environment, ...changed }
      ending = child
      await end(restartWithinMs)
      child = spawn({ ...options, environment }, 'a')
      watch()
      await untilReady()
    },
    stop: async (withinMs) => {
      isStopped = true
      await end(withinMs)
    },
  }
}

/**
 * The channel tells the process when this one is gone, however it went, and it ends. In a group of its own, a terminal's
 * Ctrl-C does not reach it: the cluster is ended in order.
 */
function spawn({ program, words, environment, logFile }: ProcessOptions, mode: 'w' | 'a'): ChildProcess {
  const log = openSync(logFile, mode)
  const env = { ...compiledBefore, ...withoutSettings(process.env), ...environment }
  const execArgv = ['--disable-warning=ExperimentalWarning']
  const child = fork(program, [...words], { stdio: ['ignore', log, log, 'ipc'], env, execArgv, detached: true })
  closeSync(log)
  // A process that ends closes the channel before anybody hears of its end.
  child.on('error', () => {})
  return child
}

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-8)
  return `${lines.join('\n')}\nIts log: ${logFile}`
}
