import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startProcess } from './processes.ts'
import { handedOn, withoutSettings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-settings-'))
after(() => rmSync(folder, { recursive: true }))

const given = {
  PORT: '4000',
  DATABASE_URL: 'postgres://me@127.0.0.1/shop',
  QUEUE_LIMIT: '',
  LOG_LEVEL: 'warn',
  CLUSTER_HOST: '192.0.2.1',
  PUBLIC_URL: 'http://a',
  PATH: '/bin',
}

test("what is meant for processes is handed on, and nothing that is the cluster's or the machine's", () => {
  assert.deepEqual(handedOn(given), { LOG_LEVEL: 'warn', CLUSTER_HOST: '192.0.2.1' })
  assert.deepEqual(withoutSettings(given), { PATH: '/bin' })
})

test("a process has what it is told, beside what is the machine's", async () => {
  const program = join(folder, 'program.ts')
  const logFile = join(folder, 'one.log')
  writeFileSync(
    program,
    "console.log(JSON.stringify(process.env))\nprocess.send?.({ kind: 'sandbox is open', url: '' })\nprocess.once('disconnect', () => process.exit())\n",
  )
  process.env['QUEUE_LIMIT'] = '17'
  const nothing = (): void => {}
  const planned = { name: 'one', role: 'one', port: undefined, program, words: [], logFile }
  const started = startProcess({ ...planned, environment: { LOG_LEVEL: 'warn' }, onNews: nothing, onReady: nothing })
  delete process.env['QUEUE_LIMIT']
  await started.untilReady()
  await started.stop(5_000)
  const has = JSON.parse(readFileSync(logFile, 'utf8')) as Readonly<Record<string, string>>
  assert.deepEqual([has['PATH'], has['LOG_LEVEL'], has['QUEUE_LIMIT']], [process.env['PATH'], 'warn', undefined])
})
