import type { ShopClient } from './shop-client.ts'
import { formatCount, formatTable, type Terminal } from './terminal.ts'

/** As `GET /admin/audit` answers it. */
export interface AuditReport {
  readonly ok: boolean
  readonly checkedAt: number
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly examined: number }[]
  readonly violations: readonly { readonly check: string; readonly orderId?: string; readonly detail: string }[]
  readonly onTheWay: number
}

const reportShape = { ok: 'boolean', checkedAt: 'number', checks: 'list', violations: 'list', onTheWay: 'number' } as const

/** A broken shop may have as many violations as orders; nobody reads more than these. */
const maxShownViolations = 50

export async function fetchAudit(shop: ShopClient, adminToken: string): Promise<AuditReport> {
  return (await shop.get('/admin/audit', reportShape, adminToken)) as AuditReport
}

export function printAudit({ checks, violations, onTheWay }: AuditReport, terminal: Terminal): void {
  const { paint, print } = terminal
  const verdict = (ok: boolean) => (ok ? paint('green', 'ok') : paint('red', 'VIOLATED'))
  const rows = checks.map(({ name, ok, examined }) => [name, formatCount(examined), verdict(ok)])
  for (const line of formatTable([['check', 'examined', 'result'], ...rows], [false, true])) print(`  ${line}`)
  print('')
  if (onTheWay > 0) print(`${formatCount(onTheWay)} orders were not judged: they changed a moment ago, and what they lack may be on its way`)
  if (violations.length === 0) return print(paint('green', `The books balance: ${checks.length} checks, no violation.`))
  print(paint('red', `${formatCount(violations.length)} violations`))
  for (const { check, orderId, detail } of violations.slice(0, maxShownViolations)) {
    print(`  ${paint('bold', check)}${orderId === undefined ? '' : ` ${orderId}`}: ${detail}`)
  }
  if (violations.length > maxShownViolations) print(`  … and ${formatCount(violations.length - maxShownViolations)} more`)
}
