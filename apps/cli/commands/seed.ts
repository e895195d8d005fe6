import { demoCatalog } from '@suanpan/demo'
import { defineCommand } from '../command.ts'
import { importItems } from '../import-items.ts'
import { createShopClient, urlFlag } from '../shop-client.ts'
import { formatCount } from '../terminal.ts'

export const seed = defineCommand({
  name: 'seed',
  summary: 'bring the demo catalog into a running demo shop',
  description: [
    'Imports a hundred products, a thousand users with balance, and their coupons through the admin API of a shop in demo',
    'mode; no other signs it in. `npm start` does the same by itself for a new data folder. An item that is there as the',
    'catalog has it is unchanged; one that was changed is set back to the catalog: its title and price, the units that were',
    "received since, a user's opening balance, a coupon's terms. Where more is taken than the catalog holds, it is a conflict",
    'and stays as it is.',
  ],
  flags: { url: urlFlag, json: { kind: 'switch', help: 'print what became of the items as JSON' } },
  examples: [['npx suanpan seed --url http://127.0.0.1:3000', 'seed the shop on this machine']],
  async run({ url, json }, terminal) {
    const shop = createShopClient(url)
    const adminToken = await shop.signIn({ role: 'admin' })
    const { products, users, coupons } = demoCatalog()
    const outcomes = {
      products: await importItems(shop, adminToken, 'products', products),
      users: await importItems(shop, adminToken, 'users', users),
      coupons: await importItems(shop, adminToken, 'coupons', coupons),
    }
    const entries = Object.entries(outcomes)
    if (json) {
      terminal.print(JSON.stringify(Object.fromEntries(entries.map(([kind, counts]) => [kind, Object.fromEntries(counts)]))))
      return 0
    }
    for (const [kind, counts] of entries) {
      terminal.print(`${kind.padEnd(8)}  ${[...counts].map(([outcome, count]) => `${formatCount(count)} ${outcome}`).join(', ')}`)
    }
    return 0
  },
})
