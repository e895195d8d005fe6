import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createIds } from '@suanpan/runtime/ids'
import { silentLog } from '@suanpan/runtime/telemetry'
import { systemClock } from '@suanpan/runtime/time'
import { createJournalFile } from './opening.ts'

test('a disk that fails under a notification is no disk to go on with: whoever opened the journal is told', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-journal-file-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const clock = systemClock()
  const lost: unknown[] = []
  const journal = createJournalFile(join(folder, 'notifications.db'), {
    payment: { receiveNotifications: () => Promise.reject(new Error('this test hands nothing over')) },
    clock,
    ids: createIds({ clock, random: () => 0.5 }),
    log: silentLog,
    onLost: (error) => lost.push(error),
    openLog: () => ({ sync: () => Promise.reject(new Error('no space')), syncCopied: () => Promise.resolve(), bytes: () => 0, close: () => {} }),
  })
  await journal.open()
  const reply = await journal.receiveNotifications({ notifications: [] }, { deadlineAt: 0 })
  assert.equal(reply.kind, 'unknown')
  assert.equal(lost.length, 1)
  await journal.stop()
})
