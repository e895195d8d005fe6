import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { endWithin, hasEnded, untilEnded } from './child-process.ts'

const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
})

async function running(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--eval', `${script}; process.stdout.write('ready')`], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

const staying = 'setInterval(() => {}, 1_000)'

test('one that a signal has ended is over, as one is that ended by itself, and nobody waits for its end again', { timeout: 10_000 }, async () => {
  const [killed, left] = await Promise.all([running(staying), running('')])
  assert.equal(hasEnded(killed), false)
  killed.kill('SIGKILL')
  await Promise.all([untilEnded(killed), untilEnded(left)])
  for (const child of [killed, left]) {
    assert.equal(hasEnded(child), true)
    await untilEnded(child)
    await endWithin(child, 60_000)
  }
})

test('one that is asked to end does so in its own way; one that does not hear is ended by force', { timeout: 10_000 }, async () => {
  const [hears, deaf] = await Promise.all([
    running(`process.on('SIGTERM', () => process.exit(7)); ${staying}`),
    running(`process.on('SIGTERM', () => {}); ${staying}`),
  ])
  await Promise.all([endWithin(hears, 8_000), endWithin(deaf, 50)])
  assert.deepEqual([hears.exitCode, deaf.signalCode], [7, 'SIGKILL'])
})

test('asked in another way than by a signal', { timeout: 10_000 }, async () => {
  const child = await running(staying)
  await endWithin(child, 8_000, () => void child.kill('SIGINT'))
  assert.equal(child.signalCode, 'SIGINT')
})
