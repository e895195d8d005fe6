import assert from 'node:assert/strict'
import { eventually } from './eventually.ts'

/** What is on its way has plenty of time to arrive, also where the audit lets it be for its usual half minute. */
const cleanWithinMs = 60_000

/** So that every order is judged, as young as it may be: whoever ends a test with the audit repeats it until all has arrived. */
export const judgedAtOnce = { AUDIT_GRACE_MS: '0' }

/** As `GET /admin/audit` answers it. */
interface AuditAnswer {
  readonly ok: boolean
  readonly violations: readonly unknown[]
  readonly checks: readonly unknown[]
  readonly onTheWay: number
}

/** In the end the audit finds nothing wrong, and leaves no order out as too young. */
export async function assertCleanAudit(ask: () => Promise<unknown>): Promise<void> {
  await eventually('books that balance', cleanWithinMs, async () => {
    const { ok, violations, checks, onTheWay } = (await ask()) as AuditAnswer
    assert.ok(ok === (violations.length === 0) && checks.length > 0)
    return onTheWay === 0 ? violations : [...violations, `orders that changed too lately to be judged: ${onTheWay}`]
  })
}
