import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionLengths } from './functions.ts'
import { files, isTest, sources, type SourceFile } from './repository.ts'

const maxFileLines = 400
/** The ninetieth percentile of all files. */
const mostFilesLines = 300
/** A screen. */
const maxFunctionLines = 70

const written = files.filter(({ path }) => !path.startsWith('contracts/golden/') && !path.endsWith('.md'))

/** `path:line: text` of every line that matches. */
function linesMatching(searched: readonly SourceFile[], pattern: RegExp): string[] {
  return searched.flatMap(({ path, lines }) => lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])))
}

test(`no file is longer than ${maxFileLines} lines, and nine in ten stay below ${mostFilesLines}`, () => {
  assert.deepEqual(
    written.filter(({ lines }) => lines.length > maxFileLines).map(({ path }) => path),
    [],
  )
  const lengths = sources.map(({ lines }) => lines.length).toSorted((a, b) => a - b)
  assert.ok((lengths[Math.floor(lengths.length * 0.9)] ?? 0) <= mostFilesLines)
})

test(`every function fits a screen of ${maxFunctionLines} lines`, () => {
  const tooLong = sources.flatMap(({ path, lines }) =>
    functionLengths(lines).flatMap(({ line, ownLines }) => (ownLines > maxFunctionLines ? [`${path}:${line} (${ownLines})`] : [])),
  )
  assert.deepEqual(tooLong, [])
})

test('lines are at most 200 characters, end without blanks, and files end with one line break', () => {
  // The mutations quote code as it stands.
  assert.deepEqual(
    linesMatching(
      sources.filter(({ path }) => path !== 'sim/mutations.ts'),
      /.{201}/,
    ),
    [],
  )
  assert.deepEqual(linesMatching(written, /[ \t]+$/), [])
  assert.deepEqual(
    written.filter(({ text }) => text !== '' && !/[^\n]\n$/.test(text)).map(({ path }) => path),
    [],
  )
})

test('clocks, timers and randomness come through the ports: a simulator owns them', () => {
  /** The port's own engine, programs with a terminal or a network of their own, the simulator's loop, and tests. */
  const mayTouchTime = (path: string) => /^(runtime\/time|servers|load|apps|bench|tools)\/|^sim\/scheduler\.ts$/.test(path) || isTest(path)
  const touchesTime =
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bset(Timeout|Interval|Immediate)\b|\bMath\.random\b|\brandom(UUID|Bytes)\b|\bhrtime\b|node:timers/
  assert.deepEqual(
    linesMatching(
      sources.filter(({ path }) => !mayTouchTime(path)),
      touchesTime,
    ),
    [],
  )
})

test('the runtime, the libraries and the engines know no shop', () => {
  const runtime = sources.filter(({ path }) => /^(runtime|libraries|engines)\//.test(path) && !isTest(path))
  const shopWord = /\b(coupon|sku|stock|inventory|customer|shop|price|payment|balance|catalog)s?\b|\b(order|user)(s\b|_?id\b)|(Sku|Coupon|Fen)\b/i
  assert.deepEqual(linesMatching(runtime, shopWord), [])
})

test('nothing is left for later, and no rule is switched off without a reason', () => {
  assert.deepEqual(linesMatching(written, /\b(TODO|FIXME|XXX)\b/).filter(notThisFile), [])
  assert.deepEqual(linesMatching(sources, /@ts-(ignore|nocheck|expect-error)|(eslint|oxlint)-disable(?!.* -- .)/).filter(notThisFile), [])
})

test('tests stand beside what they test, and `testing` has what they need for that', () => {
  assert.deepEqual(
    files.filter(({ path }) => /\/testing\/.*\.(test|cluster)\.ts$/.test(path)).map(({ path }) => path),
    [],
  )
})

test('no grab bags: a file is named after what is in it', () => {
  assert.deepEqual(
    files.filter(({ path }) => /(^|\/)(utils?|helpers?|misc|shared)(\/|\.|$)/i.test(path)).map(({ path }) => path),
    [],
  )
})

test('no path or address of one machine', () => {
  const local = /\/(home|Users|root|work)\/\w|\b(192\.168|10\.\d{1,3})(\.\d{1,3}){2}\b/
  assert.deepEqual(linesMatching(files, local).filter(notThisFile), [])
})

/** The patterns of this file match themselves. */
function notThisFile(finding: string): boolean {
  return !finding.startsWith('tools/tidy.test.ts')
}
