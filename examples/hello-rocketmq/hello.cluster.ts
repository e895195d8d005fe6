import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The commands of the README, on other ports: both senders reach both listeners. */
const folder = fileURLToPath(new URL('.', import.meta.url))
const firstPort = 4_740
const environment = {
  ...process.env,
  FIRST_PORT: String(firstPort),
  ROCKETMQ_ENDPOINT: `127.0.0.1:${firstPort + 2}`,
  NAMESRV_ADDR: `127.0.0.1:${firstPort};127.0.0.1:${firstPort + 1}`,
}
const withinMs = 180_000
const running: ChildProcess[] = []

interface Run {
  readonly ended: Promise<unknown>
  /** Resolves once it has printed this. */
  said(text: string): Promise<void>
}

function run(script: string, ...parameters: string[]): Run {
  // In a group of its own: npm does not hand signals on to all that it starts.
  const child = spawn('npm', ['run', '--silent', script, '--', ...parameters], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return {
    ended: once(child, 'exit'),
    said: async (text) => {
      for (const until = Date.now() + withinMs; !output.includes(text); await new Promise((resolve) => setTimeout(resolve, 50))) {
        if (Date.now() > until || (child.exitCode ?? 0) !== 0) assert.fail(`${script} did not say "${text}": ${output}`)
      }
    },
  }
}

/** As long as the servers take at most to end in good order. */
const endWithinMs = 10_000

after(() => Promise.all(running.toReversed().map(end)))

/** Ends npm and all that it started; whatever does not end, and holds its output, must not keep this test. */
async function end(child: ChildProcess): Promise<void> {
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  signal(child, 'SIGTERM')
  for (const until = Date.now() + endWithinMs; !isOver() && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 50))
  signal(child, 'SIGKILL')
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // Nobody of it is left.
  }
}

test('TypeScript and Java say hello to each other and to themselves', { timeout: 600_000 }, async () => {
  await run('servers').said('Ctrl-C stops them')
  const [typescript, java] = [run('listen'), run('java-listen')]
  await Promise.all([typescript, java].map((listener) => listener.said('listening')))
  await run('send', 'from TypeScript').ended
  await run('java-send', 'from Java').ended
  for (const listener of [typescript, java]) for (const sender of ['TypeScript', 'Java']) await listener.said(`hello from ${sender}`)
})
