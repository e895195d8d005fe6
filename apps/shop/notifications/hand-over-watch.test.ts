import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHandOverWatch, type HandOverWatch } from './hand-over-watch.ts'

type Event = readonly [atMs: number, what: (watch: HandOverWatch) => void]

const promised = (id: string) => (watch: HandOverWatch) => watch.promised(id)
const failed = (id: string) => (watch: HandOverWatch) => watch.failed(id)
const unanswered = (id: string) => (watch: HandOverWatch) => watch.unanswered(id)
const done = (id: string) => (watch: HandOverWatch) => {
  watch.tookOver()
  watch.done(id)
}

const twoFailed: readonly Event[] = [
  [0, promised('one')],
  [40, failed('one')],
  [1_100, promised('two')],
  [1_140, failed('two')],
]

const table: readonly (readonly [what: string, events: readonly Event[], atMs: number, isBehind: boolean])[] = [
  ['nothing was promised', [], 0, false],
  ['one waits, not for long', [[0, promised('one')]], 1_000, false],
  ['one waits for more than a second', [[0, promised('one')]], 1_001, true],
  [
    'a later one was taken over, and an earlier one waits',
    [
      [0, promised('one')],
      [500, promised('two')],
      [600, done('two')],
    ],
    1_001,
    true,
  ],
  [
    'what waited was taken over',
    [
      [0, promised('one')],
      [2_000, done('one')],
    ],
    2_000,
    false,
  ],
  [
    'he failed on one, and says nothing of others',
    [
      [0, promised('one')],
      [40, failed('one')],
    ],
    60_000,
    false,
  ],
  [
    'he failed on one a moment ago, the first one ever',
    [
      [0, promised('one')],
      [40, failed('one')],
    ],
    50,
    false,
  ],
  ['he failed on the newest two, a moment ago', twoFailed, 1_200, true],
  ['he failed on the newest two: one is let in after a second', twoFailed, 2_101, false],
  ['and others behind it, until it is known what became of it', [...twoFailed, [2_101, promised('three')]], 2_130, false],
  ['he failed on that one, too', [...twoFailed, [2_101, promised('three')], [2_141, failed('three')]], 2_200, true],
  ['he took that one over', [...twoFailed, [2_101, promised('three')], [2_141, done('three')]], 2_200, false],
  ['he fails on some, and took another over within the second', [...twoFailed, [1_150, (watch) => watch.tookOver()]], 1_200, false],
  [
    'he failed on one, and then did not answer',
    [
      [0, promised('one')],
      [40, failed('one')],
      [300, unanswered('one')],
    ],
    1_001,
    true,
  ],
  [
    'what he failed on was promised by an earlier process',
    [
      [0, failed('one')],
      [0, failed('two')],
      [10, promised('three')],
    ],
    20,
    false,
  ],
  ['the clock was put back by an hour while one waits', [[3_600_000, promised('one')]], 0, true],
]

for (const [what, events, atMs, isBehind] of table) {
  test(`${what}: ${isBehind ? 'behind' : 'not behind'}`, () => {
    let now = 0
    const watch = createHandOverWatch({ now: () => now })
    for (const [at, event] of events) {
      now = at
      event(watch)
    }
    now = atMs
    assert.equal(watch.isBehind(), isBehind)
  })
}
