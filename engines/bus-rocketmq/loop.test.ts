import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { createLoop } from './loop.ts'

/** A loop whose turns are answered from a list, and the times of its turns. */
function looped(answers: readonly (number | 'fails' | undefined)[], pollEveryMs = 1_000) {
  const clock = manualClock(0)
  const times: number[] = []
  const errors: unknown[] = []
  const turn = async () => {
    const answer = answers[times.length]
    times.push(clock.now())
    if (answer === 'fails') throw new Error('it failed')
    return answer
  }
  const loop = createLoop({ clock, pollEveryMs, turn, onError: (error) => errors.push(error) })
  loop.start()
  return { clock, loop, times, errors }
}

test('it goes on while more is due, sleeps until more will be, and looks by itself from time to time', async () => {
  const { clock, times } = looped([300, 300, 5_000, undefined])
  await clock.advance(3_300)
  assert.deepEqual(times, [0, 300, 300, 1_300, 2_300, 3_300])
})

test('it is woken at once, or for a time to come; a later time than one that is known changes nothing', async () => {
  const { clock, loop, times } = looped([])
  await clock.advance(100)
  loop.wake(400)
  loop.wake(800)
  await clock.advance(400)
  loop.wake()
  await clock.advance(10)
  assert.deepEqual(times, [0, 400, 500])
})

test('a turn that fails is told of, and the next one comes', async () => {
  const { clock, times, errors } = looped(['fails'])
  await clock.advance(1_000)
  assert.deepEqual([times, errors.length], [[0, 1_000], 1])
})

test('after its end there is no turn', async () => {
  const { clock, loop, times } = looped([])
  await clock.advance(100)
  await loop.stop()
  loop.wake()
  await clock.advance(5_000)
  assert.deepEqual(times, [0])
})
