import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expiryOf } from './expiry.ts'

const minute = 60_000
const realNow = Date.parse('2026-11-26T09:00:00+08:00')
/** The platforms' clock is a day ahead. */
const virtualNow = realNow + 24 * 60 * minute

test('the ends that a merchant may name', () => {
  type Ends = Parameters<typeof expiryOf>[0]
  const cases: readonly (readonly [named: Ends, expected: readonly [fromNowMs: number, afterMs: number] | undefined])[] = [
    [{}, [0, 0]],
    [{ time_expire: '2026-11-26 09:15:00' }, [15 * minute, 0]],
    [{ time_expire: '2026-11-26 09:15' }, [15 * minute, 0]],
    [{ timeout_express: '30m' }, [0, 30 * minute]],
    [{ timeout_express: '2h' }, [0, 120 * minute]],
    [{ timeout_express: '15d' }, [0, 15 * 24 * 60 * minute]],
    // To the end of the day.
    [{ timeout_express: '1c' }, [0, 15 * 60 * minute]],
    [{ time_expire: '2026-11-26 09:15:00', timeout_express: '5m' }, [15 * minute, 5 * minute]],
    [{ time_expire: '2026-11-26 09:00:00' }, undefined],
    [{ time_expire: '2026-11-26T09:15:00' }, undefined],
    [{ time_expire: '' }, undefined],
    [{ timeout_express: '16d' }, undefined],
    [{ timeout_express: '0m' }, undefined],
    [{ timeout_express: '1.5h' }, undefined],
    [{ timeout_express: '2c' }, undefined],
  ]
  for (const [named, expected] of cases) {
    const expiry = expiryOf(named, { virtualNow, realNow })
    const found = expiry === undefined ? undefined : [expiry.expiresAt === 0 ? 0 : expiry.expiresAt - virtualNow, expiry.expiresAfterMs]
    assert.deepEqual(found, expected, JSON.stringify(named))
  }
})
