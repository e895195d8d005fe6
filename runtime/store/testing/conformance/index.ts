import { describe } from 'node:test'
import type { Store } from '../../port.ts'
import { concurrencyConformance } from './concurrency.ts'
import { rowConformance } from './rows.ts'
import { transactionConformance } from './transactions.ts'

/** What every engine of the store promises. `open` answers a new, empty store on `conformanceSchema`. */
export function storeConformance(name: string, open: () => Promise<Store>): void {
  describe(`rows on ${name}`, () => rowConformance(open))
  describe(`transactions on ${name}`, () => transactionConformance(open))
  describe(`concurrent transactions on ${name}`, () => concurrencyConformance(async () => [await open()]))
}

export { account, accounts, addTo, amountsIn, conformanceSchema, insertAccounts } from './accounts.ts'
export { concurrencyConformance } from './concurrency.ts'
export { reopeningConformance, type StorePlace } from './reopening.ts'
