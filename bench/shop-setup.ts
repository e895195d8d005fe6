import type { Program } from './programs.ts'

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
  program: Program,
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
  const answer = await fetch(`http://${program.host}:${program.port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

async function signIn(program: Program, body: object): Promise<string> {
  return ((await callShop(program, 'POST', '/api/demo/sign-in', undefined, body)) as { token: string }).token
}

/** A thousand SKUs and a thousand users, all with plenty. */
export async function prepareShop(program: Program): Promise<PreparedShop> {
  const adminToken = await signIn(program, { role: 'admin' })
  const skus = Array.from({ length: skuCount }, (_, index) => `bench-${String(index).padStart(4, '0')}`)
  const users = Array.from({ length: userCount }, (_, index) => `bench-user-${index}`)
  await callShop(program, 'POST', '/admin/products', adminToken, {
    items: skus.map((sku, index) => ({ sku, title: `Bench ${index}`, priceFen: 1_000 + index, stock: plenty })),
  })
  await callShop(program, 'POST', '/admin/users', adminToken, { items: users.map((userId) => ({ userId, balanceFen: 1_000_000_000_000 })) })
  const tokens = await Promise.all(users.map((userId) => signIn(program, { userId })))
  return { tokens, skus, adminToken }
}

export interface AuditSummary {
  readonly ok: boolean
  readonly examined: number
  readonly violations: readonly string[]
}

/** Every benchmark ends with the books: a number measured on wrong books does not count. */
export async function auditShop(program: Program, { adminToken }: PreparedShop): Promise<AuditSummary> {
  const report = (await callShop(program, 'GET', '/admin/audit', adminToken)) as {
    ok: boolean
    checks: { examined: number }[]
    violations: { check: string; detail: string }[]
  }
  return {
    ok: report.ok,
    examined: report.checks.reduce((sum, { examined }) => sum + examined, 0),
    violations: report.violations.map(({ check, detail }) => `${check}: ${detail}`),
  }
}
