import type { Target } from '@suanpan/load'

export interface PreparedShop {
  readonly tokens: readonly string[]
  readonly skus: readonly string[]
  readonly adminToken: string
}

export const skuCount = 1_000
const userCount = 1_000
/** Never sold out, never broke: what is measured is placing, not refusing. */
const plenty = 1_000_000_000

export async function callShop(
  target: Target,
  method: string,
  path: string,
  token?: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const headers: Record<string, string> = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...more,
  }
  const answer = await fetch(`http://${target.host}:${target.port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

async function signIn(target: Target, body: object): Promise<string> {
  return ((await callShop(target, 'POST', '/api/demo/sign-in', undefined, body)) as { token: string }).token
}

/** A thousand SKUs and a thousand users, all with plenty. */
export async function prepareShop(target: Target): Promise<PreparedShop> {
  const adminToken = await signIn(target, { role: 'admin' })
  const skus = Array.from({ length: skuCount }, (_, index) => `bench-${String(index).padStart(4, '0')}`)
  const users = Array.from({ length: userCount }, (_, index) => `bench-user-${index}`)
  await callShop(target, 'POST', '/admin/products', adminToken, {
    items: skus.map((sku, index) => ({ sku, title: `Bench ${index}`, priceFen: 1_000 + index, stock: plenty })),
  })
  await callShop(target, 'POST', '/admin/users', adminToken, { items: users.map((userId) => ({ userId, balanceFen: 1_000_000_000_000 })) })
  const tokens = await Promise.all(users.map((userId) => signIn(target, { userId })))
  return { tokens, skus, adminToken }
}

export interface AuditSummary {
  readonly ok: boolean
  readonly examined: number
  readonly violations: readonly string[]
}

const auditEveryMs = 3_000
const settleWithinMs = 120_000

/**
 * Every benchmark ends with the books: a number measured on wrong books does not count. The auditor excuses nothing as too young,
 * so what is still on its way is a violation: it is asked until it finds none, or for so long that what it finds is wrong.
 */
export async function auditOnceSettled(
  target: Target,
  { adminToken }: Pick<PreparedShop, 'adminToken'>,
  { everyMs = auditEveryMs, withinMs = settleWithinMs } = {},
): Promise<AuditSummary> {
  for (const until = performance.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, everyMs))) {
    const report = (await callShop(target, 'GET', '/admin/audit', adminToken)) as Report
    if (report.ok || performance.now() > until) return summaryOf(report)
  }
}

export const auditText = ({ ok, examined, violations }: AuditSummary): string =>
  `${ok ? 'clean' : 'VIOLATED'}, ${examined} rows examined${violations.map((violation) => `\n  ${violation}`).join('')}`

interface Report {
  readonly ok: boolean
  readonly checks: readonly { readonly examined: number }[]
  readonly violations: readonly { readonly check: string; readonly detail: string }[]
}

function summaryOf({ ok, checks, violations }: Report): AuditSummary {
  return {
    ok,
    examined: checks.reduce((sum, { examined }) => sum + examined, 0),
    violations: violations.map(({ check, detail }) => `${check}: ${detail}`),
  }
}
