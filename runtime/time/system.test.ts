import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './system.ts'

for (const delayMs of [2 ** 31, Infinity])
  test(`what is to happen in ${delayMs} ms does not happen at once`, async () => {
    const clock = systemClock()
    let happened = false
    const cancel = clock.after(delayMs, () => (happened = true))
    await clock.sleep(20)
    cancel()
    assert.equal(happened, false)
  })
