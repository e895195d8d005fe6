import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds } from './ids.ts'
import { manualClock, systemRandom } from './time/index.ts'

test('ids are short text of one alphabet, all different, and sort by time, within a millisecond too', async () => {
  const clock = manualClock(1_700_000_000_000)
  const ids = createIds({ clock, random: systemRandom })
  const made: string[] = []
  for (let moment = 0; moment < 5; moment++) {
    for (let index = 0; index < 2_000; index++) made.push(ids.next('ord'))
    await clock.advance(1)
  }
  assert.equal(new Set(made).size, made.length)
  assert.deepEqual(made.toSorted(), made)
  for (const id of made) assert.match(id, /^ord_[0-9A-HJKMNP-TV-Z]{26}$/)
})

test('a clock that is put back makes no id a second time, nor one that sorts before the last', () => {
  let now = 1_700_000_000_000
  const ids = createIds({ clock: { ...manualClock(), now: () => now }, random: () => 0.999_999 })
  const made = [ids.next('a')]
  for (let index = 0; index < 100; index++) {
    now -= 60_000
    made.push(ids.next('a'))
  }
  assert.deepEqual(made.toSorted(), made)
  assert.equal(new Set(made).size, made.length)
})

test('two processes in the same millisecond do not meet', () => {
  const clock = manualClock()
  const [one, other] = [createIds({ clock, random: systemRandom }), createIds({ clock, random: systemRandom })]
  const made = Array.from({ length: 1_000 }, () => [one.next('p'), other.next('p')]).flat()
  assert.equal(new Set(made).size, made.length)
})
