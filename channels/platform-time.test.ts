import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beijingEpoch, beijingRfc3339, beijingText, rfc3339Epoch } from './platform-time.ts'

const at = Date.UTC(2026, 10, 26, 17, 4, 9, 730)

test('times are the platforms’ own, in whatever zone the process lives', () => {
  const before = process.env['TZ']
  for (const zone of ['America/New_York', 'Asia/Shanghai', 'UTC']) {
    process.env['TZ'] = zone
    assert.equal(beijingText(at), '2026-11-27 01:04:09', zone)
    assert.equal(beijingRfc3339(at), '2026-11-27T01:04:09+08:00', zone)
    assert.equal(beijingEpoch('2026-11-27 01:04:09'), at - 730, zone)
    // In New York, this quarter of an hour of March does not exist.
    assert.equal(beijingEpoch('2026-03-08 02:15:00'), Date.UTC(2026, 2, 7, 18, 15), zone)
  }
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

test('what is no time is not read as one', () => {
  const cases: [text: string, at: number | undefined][] = [
    ['2026-11-27T01:04:09+08:00', at - 730],
    ['2026-11-26T17:04:09Z', at - 730],
    ['2026-11-26T17:04:09.73Z', at],
    ['2026-11-26T12:04:09-05:00', at - 730],
    ['2026-02-29T00:00:00Z', undefined],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['2026-02-28T23:59:59-12:00', Date.UTC(2026, 2, 1, 11, 59, 59)],
    ['2100-02-29T00:00:00Z', undefined],
    ['2026-11-30T00:00:00Z', Date.UTC(2026, 10, 30)],
    ['2026-11-31T00:00:00Z', undefined],
    ['2026-11-00T00:00:00Z', undefined],
    ['2026-00-10T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-11-26T24:00:00Z', undefined],
    ['2026-11-26T17:04:09', undefined],
    ['2026-11-26 17:04:09Z', undefined],
    ['2026-11-26', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) assert.equal(rfc3339Epoch(text), expected, text)
  for (const text of ['2026-11-26T17:04:09', '2026-02-30 00:00:00', '0000-00-00 00:00:00', '2026-11-26 17:04', '']) {
    assert.equal(beijingEpoch(text), undefined, text)
  }
})
