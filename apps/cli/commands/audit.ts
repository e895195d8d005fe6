import { fetchAudit, printAudit } from '../audit-report.ts'
import { defineCommand } from '../command.ts'
import { adminTokenFlag, createShopClient, operatorToken, urlFlag } from '../shop-client.ts'

export const audit = defineCommand({
  name: 'audit',
  summary: 'check the books of a running shop',
  description: [
    'Asks the shop to check all its books: stock against reservations, balances against their entries, coupons, points,',
    'and every order against what each service holds for it. It may be run at any time, under load too: an order that is',
    'being worked on is no violation, one that is stuck is. Exit code 0: clean, 1: a violation, 2: the shop was not reached.',
  ],
  flags: { url: urlFlag, token: adminTokenFlag, json: { kind: 'switch', help: 'print the report as JSON' } },
  examples: [
    ['npx suanpan audit', 'audit the shop on this machine'],
    ['npx suanpan audit --json', 'the same for a program'],
  ],
  async run({ url, token, json }, terminal) {
    const shop = createShopClient(url)
    const report = await fetchAudit(shop, await operatorToken(shop, token))
    if (json) terminal.print(JSON.stringify(report, null, 2))
    else printAudit(report, terminal)
    return report.ok ? 0 : 1
  },
})
