import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-server-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const program = `
  const { startPostgres } = await import(${JSON.stringify(new URL('postgres.ts', import.meta.url).href)})
  process.stdout.write(await (await startPostgres()).createDatabase())
  setInterval(() => {}, 1_000)
`

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

test('a server ends with the process that started it, however that ends, and leaves no files', async () => {
  // The server of a superuser runs as another user, who removes its folder at the end.
  chmodSync(folder, 0o777)
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(starter.stdout, 'data')) as [Buffer]
  const port = Number(new URL(url.toString()).port)
  assert.equal(await answers(port), true)
  starter.kill('SIGKILL')
  for (let waits = 0; waits < 100 && ((await answers(port)) || readdirSync(folder).length > 0); waits++) await sleep(100)
  assert.equal(await answers(port), false)
  assert.deepEqual(readdirSync(folder), [])
})
