import { fork, type ChildProcess } from 'node:child_process'
import type { SandboxNews } from '@suanpan/sandbox'
import { sandboxCredentialsFile, type Configuration } from '@suanpan/hosting'
import { sharedSandbox } from './shared-sandbox.ts'
import { endWithin } from '@suanpan/runtime/child-process'
import { StartRefused } from '@suanpan/runtime/settings'
import { createLog } from '@suanpan/runtime/telemetry'
import { program } from './program.ts'

/** The payment sandbox, as a process of its own beside a demo shop. */
export interface SandboxProcess {
  /** Its front page. */
  readonly url: string
  readonly credentialsFile: string
  /** Ends it, if this process has started it. */
  stop(): Promise<void>
}

/** A first start makes keys: about a second. */
const openWithinMs = 20_000
const stopWithinMs = 5_000

/**
 * Starts the sandbox on this port, its data in the shop's data folder. Shops that share a database share the sandbox of
 * the one that came first. Throws `StartRefused` with what the sandbox said where it does not open.
 */
export async function startSandboxProcess({ dataDir, logLevel }: Configuration, port: number): Promise<SandboxProcess> {
  const credentialsFile = sandboxCredentialsFile(dataDir)
  const shared = await sharedSandbox(credentialsFile)
  if (shared !== undefined) return { url: shared, credentialsFile, stop: async () => {} }
  const parameters = ['sandbox', '--sandbox-port', String(port), '--data-dir', dataDir, '--log-level', logLevel]
  // Its line about itself would stand in the middle of the shop's; what goes wrong is to be seen. In a group of its own,
  // a terminal's Ctrl-C does not reach it before the shop is done.
  const child = fork(program, parameters, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, DEMO: '1' }, detached: true })
  const url = await opened(child)
  const missed = (exitCode: number | null, signal: string | null): void =>
    createLog(logLevel).error({ exitCode, signal }, 'the payment sandbox has ended: nothing can be paid until the shop is started again')
  child.once('exit', missed)
  return { url, credentialsFile, stop: () => stop(child.off('exit', missed)) }
}

function opened(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000)
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new StartRefused(`The payment sandbox did not open within ${openWithinMs / 1000} s. SANDBOX_PORT=off starts the shop without one.`))
    }, openWithinMs)
    child.once('message', ({ url }: SandboxNews) => {
      clearTimeout(timer)
      child.stderr?.pipe(process.stderr)
      resolve(url)
    })
    child.once('exit', () => {
      clearTimeout(timer)
      const because = said.trim().replace(/^suanpan: /, '')
      const where = 'It listens at PORT + 1 unless SANDBOX_PORT says otherwise; SANDBOX_PORT=off starts the shop without one.'
      reject(new StartRefused(`The payment sandbox did not open. ${because} ${where}`))
    })
  })
}

function stop(child: ChildProcess): Promise<void> {
  return endWithin(child, stopWithinMs, () => {
    child.stderr?.unpipe(process.stderr)
    // The channel's end asks it to stop.
    if (child.connected) child.disconnect()
  })
}
