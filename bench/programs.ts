import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { untilEnded } from '@suanpan/runtime/child-process'
import { readProcessStat } from './process-stat.ts'

/** A server under measurement, in a process of its own. */
export interface Program {
  readonly host: string
  readonly port: number
  /** From spawning it until it answered, ms. */
  readonly readyMs: number
  /** Processor time so far, ms, of all its threads. NaN where the system does not tell. */
  cpuMs(): number
  stop(): Promise<void>
}

/** The file of the program itself. */
export const commandLine = fileURLToPath(new URL('../apps/cli/main.ts', import.meta.url))
const limitServer = fileURLToPath(new URL('./limit-server.ts', import.meta.url))
const notifyLimitServer = fileURLToPath(new URL('./notifications/limit-server.ts', import.meta.url))

/** The bare server that only validates and writes one row. */
export function startLimit(): Promise<Program> {
  return startBare([limitServer])
}

/** The bare server that only verifies notifications for the accounts in this data folder, and writes one row. */
export function startNotifyLimit(dataDir: string): Promise<Program> {
  return startBare([notifyLimitServer, dataDir])
}

async function startBare(parameters: readonly string[]): Promise<Program> {
  const beganAt = performance.now()
  const child = spawn(process.execPath, [...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await urlIn(child, /"url":"http:\/\/([^:"]+):(\d+)"/)
  return programOf(child, url, performance.now() - beganAt)
}

/** No order is too young for the audit at the end: who asks for it waits until all effects are there. */
export const auditedAtOnce = { AUDIT_GRACE_MS: '0' } as const

/** The shop, as `npm start` runs it, but for the audit. */
export async function startShop(environment: Readonly<Record<string, string>>): Promise<Program> {
  const beganAt = performance.now()
  const child = spawn(process.execPath, [commandLine, 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', DEMO: '1', LOG_LEVEL: 'error', ...auditedAtOnce, ...environment },
  })
  const url = await urlIn(child, /http:\/\/([^:/]+):(\d+)\/api/)
  return programOf(child, url, performance.now() - beganAt)
}

function urlIn(child: ChildProcess, pattern: RegExp): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const [, host, port] = pattern.exec(said) ?? []
      if (host !== undefined) resolve({ host, port: Number(port) })
    })
    child.once('exit', (code) => reject(new Error(`the program ended with ${String(code)} before it was ready:\n${said}`)))
  })
}

function programOf(child: ChildProcess, { host, port }: { host: string; port: number }, readyMs: number): Program {
  const { pid = 0 } = child
  process.once('exit', () => child.kill('SIGKILL'))
  return {
    host,
    port,
    readyMs,
    cpuMs: () => readProcessStat(pid)?.cpuMs ?? Number.NaN,
    stop: async () => {
      child.kill('SIGTERM')
      await untilEnded(child)
    },
  }
}
