import type { Store } from '../../port.ts'
import { defineTable, type TableDefinition } from '../../table.ts'

/** A table with every kind of column but bytes. */
export interface Account {
  readonly accountId: string
  readonly amount: number
  readonly holder: string | null
  readonly limitAmount: number | null
  readonly tags: readonly string[]
  readonly note: { readonly text: string } | null
}

const definition: TableDefinition<Account> = {
  name: 'account',
  key: 'accountId',
  columns: { accountId: 'text', amount: 'integer', holder: 'text?', limitAmount: 'integer?', tags: 'json', note: 'json?' },
}

export const accounts = defineTable<Account>(definition)

/** The same rows, looked up by the one who holds them. */
export const accountsByHolder = defineTable<Account>({ ...definition, key: 'holder' })

export interface Attachment {
  readonly attachmentId: string
  readonly body: Uint8Array
}

export const attachments = defineTable<Attachment>({ name: 'attachment', key: 'attachmentId', columns: { attachmentId: 'text', body: 'bytes' } })

export const conformanceSchema = new URL('./schema/', import.meta.url)

export function account(accountId: string, amount: number, rest: Partial<Account> = {}): Account {
  return { accountId, amount, holder: null, limitAmount: null, tags: [], note: null, ...rest }
}

export async function insertAccounts(store: Store, ...rows: readonly Account[]): Promise<void> {
  await store.transact(async (tx) => tx.insert(accounts, rows))
}

/** Amounts by key, of every account. */
export async function amountsIn(store: Store): Promise<{ [accountId: string]: number }> {
  const rows = await store.read.query('SELECT account_id, amount FROM account ORDER BY account_id', [])
  return Object.fromEntries(rows.map((row) => [row['account_id'], row['amount']])) as { [accountId: string]: number }
}

/** Locks an account and adds to it: the smallest transaction that loses an update where locks do not hold. */
export function addTo(store: Store, accountId: string, amount: number): Promise<void> {
  return store.transact(async (tx) => {
    const known = (await tx.lock(accounts, [accountId])).get(accountId) ?? account(accountId, 0)
    tx.update(accounts, [{ ...known, amount: known.amount + amount }])
  })
}
