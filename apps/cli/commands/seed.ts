import { defineCommand } from '../command.ts'
import { demoCatalog } from '../demo/index.ts'
import { importItems } from '../import-items.ts'
import { adminTokenFlag, createShopClient, operatorToken, urlFlag } from '../shop-client.ts'
import { formatCount } from '../terminal.ts'

export const seed = defineCommand({
  name: 'seed',
  summary: 'bring the demo catalog into a running shop',
  description: [
    'Imports a hundred products, a thousand users with balance, and their coupons through the admin API. `npm start` does',
    'the same by itself for a new data folder. Doing it again changes nothing: an item that is already there is unchanged,',
    'and one of which more is taken than the catalog holds is a conflict and stays as it is.',
  ],
  flags: { url: urlFlag, token: adminTokenFlag, json: { kind: 'switch', help: 'print what became of the items as JSON' } },
  examples: [['npx suanpan seed --url http://127.0.0.1:3000', 'seed the shop on this machine']],
  async run({ url, token, json }, terminal) {
    const shop = createShopClient(url)
    const adminToken = await operatorToken(shop, token)
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
