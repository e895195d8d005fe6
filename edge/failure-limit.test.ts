import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { createFailureLimit, sourceOf } from './failure-limit.ts'

describe('one source', () => {
  const cases: readonly { one: string; other: string; isSame: boolean }[] = [
    { one: '203.0.113.1', other: '203.0.113.1', isSame: true },
    { one: '203.0.113.1', other: '203.0.113.2', isSame: false },
    { one: '203.0.113.1', other: '::ffff:203.0.113.1', isSame: true },
    { one: '2001:db8::1', other: '2001:db8::ffff:0:0:1', isSame: true },
    { one: '2001:db8:0:1::1', other: '2001:db8:0:2::1', isSame: false },
    { one: '2001:db8:1:2:3:4:5:6', other: '2001:db8:1:2::', isSame: true },
    { one: '::1', other: '::2', isSame: true },
    { one: '::1', other: '2001:db8::1', isSame: false },
    { one: 'fe80::1%eth0', other: 'fe80::2%eth1', isSame: true },
  ]
  for (const { one, other, isSame } of cases) {
    test(`${one} and ${other}: ${isSame ? 'the same' : 'two'}`, () => assert.equal(sourceOf(one) === sourceOf(other), isSame))
  }
})

describe('the limit', () => {
  function limitOf(failuresPerSecond: number, maxSources = 100) {
    const clock = manualClock(5_000)
    return { clock, limit: createFailureLimit({ clock, failuresPerSecond, maxSources }) }
  }

  test('counts each source on its own, and forgets with the second', async () => {
    const { clock, limit } = limitOf(2)
    for (let failure = 0; failure < 2; failure++) limit.failed('203.0.113.1')
    assert.deepEqual([limit.isExhausted('203.0.113.1'), limit.isExhausted('203.0.113.2')], [true, false])
    await clock.advance(999)
    assert.equal(limit.isExhausted('203.0.113.1'), true)
    await clock.advance(1)
    assert.equal(limit.isExhausted('203.0.113.1'), false)
  })

  test('says once a second that something fails at all', async () => {
    const { clock, limit } = limitOf(2)
    assert.deepEqual([limit.failed('203.0.113.1'), limit.failed('203.0.113.1'), limit.failed('203.0.113.2')], [true, false, false])
    await clock.advance(1_000)
    assert.equal(limit.failed('203.0.113.2'), true)
  })

  test('remembers no more sources than it may: who comes later is let through, and those it knows stay limited', () => {
    const { limit } = limitOf(1, 3)
    for (let source = 0; source < 10; source++) limit.failed(`203.0.113.${source}`)
    assert.deepEqual(
      [0, 2, 3, 9].map((source) => limit.isExhausted(`203.0.113.${source}`)),
      [true, true, false, false],
    )
  })
})
