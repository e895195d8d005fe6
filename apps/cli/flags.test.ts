import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFlag, parseFlags, UsageError, type Flag } from './flags.ts'

const definitions = {
  rate: { kind: 'number', value: 'n', help: 'a rate', minimum: 1, maximum: 100 },
  hot: { kind: 'number', value: 'share', help: 'a share', minimum: 0, maximum: 1, fractional: true, fallback: 0.5 },
  duration: { kind: 'duration', value: 'time', help: 'how long', fallback: 1_500 },
  url: { kind: 'text', value: 'url', help: 'where', fallback: 'http://here' },
  json: { kind: 'switch', help: 'as JSON' },
} as const satisfies Record<string, Flag>

const fallbacks = { rate: undefined, hot: 0.5, duration: 1_500, url: 'http://here', json: false }

const accepted: readonly (readonly [words: string, values: object])[] = [
  ['', {}],
  ['--rate 100', { rate: 100 }],
  ['--rate=1 --json', { rate: 1, json: true }],
  ['--hot 0.25', { hot: 0.25 }],
  ['--duration 500ms', { duration: 500 }],
  ['--duration 1.5s', { duration: 1_500 }],
  ['--duration 2m', { duration: 120_000 }],
  ['--url http://there', { url: 'http://there' }],
]

for (const [words, values] of accepted) {
  test(`accepted: "${words}"`, () => {
    const parsed = parseFlags(definitions, words.split(' ').filter(Boolean))
    assert.deepEqual(parsed.values, { ...fallbacks, ...values })
  })
}

const refused: readonly (readonly [words: string, message: RegExp])[] = [
  ['--rate 0', /--rate is a whole number from 1 to 100, not "0"/],
  ['--rate 101', /from 1 to 100/],
  ['--rate 1.5', /whole number/],
  ['--rate 0x10', /whole number/],
  ['--rate', /--rate.*argument missing/],
  ['--hot 1.1', /--hot is a number from 0 to 1/],
  ['--hot=-1', /--hot is a number/],
  ['--duration 10', /a time with its unit/],
  ['--duration 0s', /a time with its unit/],
  ['--duration 1h', /a time with its unit/],
  ['--url=', /--url is empty/],
  ['--json=yes', /--json.*does not take an argument/],
  ['--unknown', /Unknown option '--unknown'/],
]

for (const [words, message] of refused) {
  test(`refused: "${words}"`, () => {
    assert.throws(
      () => parseFlags(definitions, words.split(' ')),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  })
}

test('what is no flag is left over', () => {
  assert.deepEqual(parseFlags(definitions, ['a.test.ts', '--json', 'b.test.ts']).rest, ['a.test.ts', 'b.test.ts'])
})

test('the help tells the fallback in the unit it is written in', () => {
  assert.deepEqual(describeFlag('duration', definitions.duration), ['--duration <time>', 'how long (default 1500ms)'])
  assert.deepEqual(describeFlag('json', definitions.json), ['--json', 'as JSON'])
})
