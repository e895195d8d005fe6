import type { Configuration } from '@suanpan/hosting'
import type { RunningShop } from '@suanpan/shop'
import { demoCatalog } from '@suanpan/demo'
import { formatCount, formatMs, type Terminal } from './terminal.ts'

export interface Started {
  readonly configuration: Configuration
  readonly shop: Pick<RunningShop, 'url' | 'seeded'>
  /** How long the start took. */
  readonly readyMs: number
  /** Of the first demo user; absent outside demo mode. */
  readonly token: string | undefined
  /** Where to pay at, in demo mode; undefined: nowhere. */
  readonly sandboxUrl: string | undefined
}

/** The server and the database, without the password. */
function databaseName(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl)
  return `PostgreSQL ${host}${pathname}`
}

function demoLine(seeded: boolean): string {
  const { products, users } = demoCatalog()
  const what = `${formatCount(products.length)} products, ${formatCount(users.length)} users (user-0001 to user-${users.length})`
  return seeded ? `${what}, just filled in` : `${what}; a shop with data is left as it is`
}

/** One order of the first user's, to be pasted into a terminal as it is; pasted twice, it shows a replayed answer. */
function firstOrder({ url, seeded }: Started['shop'], token: string): string[] {
  const items = ['tea-longjing-250g', 'kitchen-gaiwan-set'].map((sku) => ({ sku, quantity: 1 }))
  // The coupon of a shop that was used before may be used up.
  const body = { items, ...(seeded ? { couponId: 'welcome-0001' } : {}), useBalanceFen: 'max' }
  return [
    `curl -i ${url}/api/orders \\`,
    `  -H 'Authorization: Bearer ${token}' \\`,
    `  -H 'Idempotency-Key: first-order-${Date.now().toString(36)}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ]
}

/** What to try next; commands that talk to a shop look for it on port 3000 unless they are told. */
function whatNext(url: string, isDemo: boolean): string {
  const where = url === 'http://127.0.0.1:3000' ? '' : ` --url ${url}`
  if (!isDemo) return `npx suanpan audit${where}, with an operator's token in SUANPAN_TOKEN`
  return `npx suanpan load${where}, npx suanpan audit${where}, npx suanpan help`
}

/** What whoever started the shop wants to know: where everything is, and one thing to try. */
export function startBanner({ configuration, shop, readyMs, token, sandboxUrl }: Started, { paint }: Terminal): string[] {
  const { url, seeded } = shop
  const { databaseUrl, dataDir } = configuration
  const places: readonly (readonly [what: string, where: string])[] = [
    ['API', `${url}/api`],
    ['documentation', `${url}/docs`],
    ['health, metrics', `${url}/healthz  ${url}/readyz  ${url}/metrics`],
    ...(sandboxUrl === undefined ? [] : ([['pay at', `${sandboxUrl}  Alipay and WeChat Pay, simulated`]] as const)),
    ['data', databaseUrl === undefined ? `SQLite in ${dataDir}` : databaseName(databaseUrl)],
    ['process', String(process.pid)],
    ...(token === undefined ? [] : ([['demo', demoLine(seeded)]] as const)),
  ]
  return [
    '',
    `${paint('bold', '算盘 Suanpan is open for business.')} Ready after ${formatMs(readyMs)}.`,
    '',
    ...places.map(([what, where]) => `  ${what.padEnd(17)}${where}`),
    '',
    ...(token === undefined ? [] : [paint('bold', 'Place an order:'), '', ...firstOrder(shop, token), '']),
    `${paint('bold', 'Then:')} ${whatNext(url, token !== undefined)}. Stop with Ctrl-C.`,
  ]
}
