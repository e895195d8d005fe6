import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefused, choice, integer, path, readSettings, url, type Environment, type Setting } from './settings.ts'
import { StoreRefused } from './store/index.ts'

const port = integer('where it listens', 0, 65_535, 3_000)
const database = url('where rows are', ['postgres:'])

const refused: readonly (readonly [what: string, environment: Environment, setting: Setting<unknown>, says: string])[] = [
  [
    'by its name and its meaning, with what is allowed',
    { GIVEN: 'abc' },
    port,
    'GIVEN (where it listens): "abc" is not allowed; it takes an integer from 0 to 65535.',
  ],
  [
    'by its name alone, where that says it',
    { GIVEN: 'loud' },
    choice('', ['quiet', 'silent'], 'quiet'),
    'GIVEN: "loud" is not allowed; it takes quiet, silent.',
  ],
  [
    'and not shown, if it is a secret',
    { GIVEN: 'hunter2' },
    { ...database, isSecret: true },
    'GIVEN (where rows are): what it is set to is not allowed; it takes a URL that begins with postgres://.',
  ],
  ['if it is empty, and nothing takes its place', { GIVEN: '' }, database, 'GIVEN (where rows are) is not set; it takes a URL that begins with postgres://.'],
]

for (const [what, environment, setting, says] of refused) {
  test(`a setting is refused ${what}`, () => {
    assert.throws(() => readSettings(environment).required('GIVEN', setting), new StartRefused(says))
  })
}

test('an empty setting is as one that is not set', () => {
  const { isSet, optional, required } = readSettings({ PORT: '', DATABASE_URL: '', DATA_DIR: '/elsewhere/' })
  assert.deepEqual(['PORT', 'DATABASE_URL', 'DATA_DIR', 'HOST'].filter(isSet), ['DATA_DIR'])
  assert.deepEqual([required('PORT', port), optional('DATABASE_URL', database), required('DATA_DIR', path('', './data'))], [3_000, undefined, '/elsewhere'])
})

test('a store that cannot be used is a start that is refused', () => {
  assert.ok(new StoreRefused('it is damaged') instanceof StartRefused)
})
