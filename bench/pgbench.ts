import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { skuCount } from './shop-setup.ts'

/** What a shop does that sends one transaction per order: two guarded updates and two inserts. */
const schema = `
  CREATE TABLE stock (sku BIGINT PRIMARY KEY, available BIGINT NOT NULL CHECK (available >= 0));
  INSERT INTO stock SELECT g, 1000000000 FROM generate_series(1, ${skuCount}) AS g;
  CREATE TABLE placed (order_id BIGSERIAL PRIMARY KEY, sku BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now());
  CREATE TABLE reserved (order_id BIGSERIAL PRIMARY KEY, sku BIGINT NOT NULL, quantity BIGINT NOT NULL);
`

const transaction = (sku: string, other: string) => `
${sku}
${other}
BEGIN;
UPDATE stock SET available = available - 1 WHERE sku = LEAST(:one::bigint, :two::bigint) AND available >= 1;
UPDATE stock SET available = available - 1 WHERE sku = GREATEST(:one::bigint, :two::bigint) AND available >= 1;
INSERT INTO placed (sku) VALUES (:one);
INSERT INTO reserved (sku, quantity) VALUES (:one, 1);
COMMIT;
`

const scripts = {
  spread: transaction(`\\set one random(1, ${skuCount})`, `\\set two random(1, ${skuCount})`),
  hot: transaction('\\set one 1', `\\set two random(2, ${skuCount})`),
}

export type PgbenchKind = keyof typeof scripts

export function hasPgbench(): boolean {
  return spawnSync('pgbench', ['--version']).status === 0
}

/** Transactions a second of eight clients that send one order at a time. */
export function runPgbench(databaseUrl: string, kind: PgbenchKind, seconds: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-pgbench-'))
  try {
    const script = join(folder, 'order.sql')
    writeFileSync(script, scripts[kind])
    const { stdout, stderr, status } = spawnSync('pgbench', ['-n', '-f', script, '-c', '8', '-j', '1', '-T', String(seconds), '-M', 'prepared', databaseUrl], {
      encoding: 'utf8',
    })
    const [, tps] = /tps = ([\d.]+)/.exec(stdout) ?? []
    if (status !== 0 || tps === undefined) throw new Error(`pgbench failed: ${stderr}`)
    return Number(tps)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const pgbenchSchema = schema
