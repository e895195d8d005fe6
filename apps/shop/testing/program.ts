import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
/** Half a second on a machine of its own; tests share theirs with others. */
const readyWithinMs = 60_000

/** The real program in a process of its own, as `npm start` runs it. */
export interface Program {
  readonly host: string
  readonly port: number
  /** What it has said so far. */
  readonly output: () => string
  /** No warning, no clean-up: what a power cut does. */
  kill(): Promise<void>
}

export type Environment = Readonly<Record<string, string>>

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status === 200
}

async function untilReady(child: ChildProcess, port: number, output: () => string): Promise<void> {
  const until = Date.now() + readyWithinMs
  while (!(await isReady(port))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`the program did not become ready:\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Starts the shop on a data folder or database and waits until it is ready. Rejects with its output if it is not. */
export async function startProgram(environment: Environment): Promise<Program> {
  const port = await freePort()
  const { DATABASE_URL: _, ...inherited } = process.env
  const child = spawn(process.execPath, [main, 'start'], {
    env: { ...inherited, PORT: String(port), HOST: '127.0.0.1', DEMO: '1', SANDBOX_PORT: 'off', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const exited = once(child, 'exit')

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await exited
  }
  // A test that fails or is interrupted leaves nothing running.
  process.once('exit', () => child.kill('SIGKILL'))
  try {
    await untilReady(child, port, () => said)
  } catch (error) {
    await kill()
    throw error
  }
  return { host: '127.0.0.1', port, output: () => said, kill }
}
