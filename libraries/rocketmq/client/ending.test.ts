import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startProxy, type Proxy, type ProxyBehaviour } from '../testing/proxy.ts'

/** Whether a process ends by itself once it has closed what it opened: see testing/ending.ts. */
const program = fileURLToPath(new URL('../testing/ending.ts', import.meta.url))
/** Who is expected to end has all the time that a busy machine needs; who is not, and still runs so long after it began to close, does not mean to. */
const patienceMs = { toEnd: 90_000, toStay: 10_000 }

interface End {
  /** The code; undefined if it had to be killed. */
  readonly code: number | undefined
  readonly hasWrittenAtHome: boolean
}

async function endOf(who: 'client' | 'library', how: string, behaviour: ProxyBehaviour, patience: number): Promise<End> {
  const proxy = await startProxy(behaviour)
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-home-'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, who, how, proxy.endpoint], {
    env: { ...process.env, HOME: home },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  let killing: NodeJS.Timeout | undefined
  child.stdout.on('data', (said: Buffer) => {
    if (said.toString().includes('ready')) void takeAway(proxy).then(() => child.stdin.end('go\n'))
    if (said.toString().includes('closing')) killing = setTimeout(() => child.kill('SIGKILL'), patience)
  })
  const [code] = await ended
  clearTimeout(killing)
  const hasWrittenAtHome = existsSync(join(home, 'logs'))
  rmSync(home, { recursive: true, force: true })
  await proxy.stop()
  return { code: code ?? undefined, hasWrittenAtHome }
}

/** The client notices that its stream has ended, and begins to open another, once a second. */
async function takeAway(proxy: Proxy): Promise<void> {
  proxy.kill()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
}

describe('a process that closes', { concurrency: true }, () => {
  const cases: readonly { readonly how: string; readonly behaviour: ProxyBehaviour; readonly plain: number | undefined; readonly file: string }[] = [
    { how: 'consumer', behaviour: {}, plain: undefined, file: 'client/consume-service.ts' },
    { how: 'stuck', behaviour: { deliveries: [{ key: 'm' }] }, plain: undefined, file: 'client/consume-service.ts, listener.ts' },
    { how: 'producer', behaviour: {}, plain: undefined, file: 'client/stop.ts, client/telemetry.ts' },
    { how: 'let go', behaviour: { keepsStreams: true }, plain: 1, file: 'client/telemetry.ts' },
    { how: 'starting', behaviour: { routeDelayMs: () => 500 }, plain: undefined, file: 'client/late-start.ts' },
  ]
  for (const { how, behaviour, plain: plainCode, file } of cases) {
    test(`${how}: ends by itself and well, which it does not with the client as it is (${file})`, { timeout: 240_000 }, async () => {
      const plainPatience = plainCode === undefined ? patienceMs.toStay : patienceMs.toEnd
      const [plain, ours] = await Promise.all([
        endOf('client', how, { ...behaviour }, plainPatience),
        endOf('library', how, { ...behaviour }, patienceMs.toEnd),
      ])
      assert.deepEqual([plain.code, ours.code], [plainCode, 0])
      assert.equal(ours.hasWrittenAtHome, false)
      if (how === 'consumer') assert.equal(plain.hasWrittenAtHome, true)
    })
  }
})
