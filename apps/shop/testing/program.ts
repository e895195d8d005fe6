import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { hasEnded, untilEnded } from '@suanpan/runtime/child-process'
import { judgedAtOnce } from './clean-audit.ts'

/** The file of the program itself. */
export const commandLine = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
/** Half a second on a machine of its own; tests share theirs with others. */
const readyWithinMs = 60_000

interface Running {
  /** What it has said so far. */
  readonly output: () => string
  /** No warning, no clean-up: what a power cut does. */
  kill(): Promise<void>
}

/** The real program in a process of its own, as `npm start` runs it. */
export interface Program extends Running {
  readonly host: string
  readonly port: number
}

export type Environment = Readonly<Record<string, string>>

/** A port that nobody listened on a moment ago. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** One that stays free while nobody listens on it: below those that connections are given. */
export function lastingPort(): Promise<number> {
  return freePort(10_000 + Math.floor(Math.random() * 20_000)).catch(lastingPort)
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status === 200
}

async function untilReady(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const until = Date.now() + readyWithinMs
  while (!(await isReady(url))) {
    if (hasEnded(child) || Date.now() > until) throw new Error(`the program did not become ready:\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Starts a command of the program and waits until this URL answers 200. Rejects with its output if it does not. */
async function start(command: string, environment: Environment, readyUrl: string): Promise<Running> {
  const { DATABASE_URL: _, ...inherited } = process.env
  const child = spawn(process.execPath, [commandLine, command], { env: { ...inherited, DEMO: '1', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await untilEnded(child)
  }
  // A test that fails or is interrupted leaves nothing running.
  process.once('exit', () => child.kill('SIGKILL'))
  try {
    await untilReady(child, readyUrl, () => said)
  } catch (error) {
    await kill()
    throw error
  }
  return { output: () => said, kill }
}

/** Starts the shop on a data folder or database and waits until it is ready; on `PORT`, or on any free one. */
export async function startProgram(environment: Environment): Promise<Program> {
  const host = '127.0.0.1'
  const port = Number(environment['PORT'] ?? (await freePort()))
  const running = await start(
    'start',
    { SANDBOX_PORT: 'off', ...judgedAtOnce, ...environment, PORT: String(port), HOST: host },
    `http://${host}:${port}/readyz`,
  )
  return { ...running, host, port }
}

/** The payment sandbox in a process of its own; a shop on the same data folder is paid there. */
export interface SandboxProgram extends Running {
  readonly url: string
}

export async function startSandboxProgram(environment: Environment): Promise<SandboxProgram> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  return { ...(await start('sandbox', { ...environment, SANDBOX_PORT: String(port) }, `${url}/sandbox/clock`)), url }
}

/** Runs a command of the program to its end. */
export async function runProgram(...parameters: readonly string[]): Promise<{ readonly exitCode: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [commandLine, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(child, 'close')
  return { exitCode: child.exitCode, said }
}
