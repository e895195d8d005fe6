import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditOnceSettled, auditText } from './shop-setup.ts'
import { withFakeShop } from './testing.ts'

const report = (ok: boolean) => ({
  ok,
  checks: [{ examined: 3 }, { examined: 4 }],
  violations: ok ? [] : [{ check: 'effects.points_of_paid', detail: 'none were granted' }],
})

async function auditedBy(isClean: (nth: number) => boolean) {
  let audits = 0
  const summary = await withFakeShop(
    () => ({ body: report(isClean(++audits)) }),
    (target) => auditOnceSettled(target, { adminToken: '' }, { everyMs: 10, withinMs: 100 }),
  )
  return { audits, text: auditText(summary) }
}

test('what is only on its way is waited for', async () => {
  assert.deepEqual(await auditedBy((nth) => nth === 3), { audits: 3, text: 'clean, 7 rows examined' })
})

test('what stays wrong is told', async () => {
  assert.equal((await auditedBy(() => false)).text, 'VIOLATED, 7 rows examined\n  effects.points_of_paid: none were granted')
})
