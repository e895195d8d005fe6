import { defineCommand } from '../command.ts'
import { UsageError } from '../flags.ts'
import { createShopClient, urlFlag } from '../shop-client.ts'

export const token = defineCommand({
  name: 'token',
  summary: 'print a token for calling the shop by hand',
  description: [
    'Signs in at a shop in demo mode and prints the bearer token, and nothing else, so that it can be used in a command.',
    'Every user of the shop may be signed in as, user-0001 to user-1000 in the demo catalog; --admin opens /admin.',
  ],
  flags: {
    url: urlFlag,
    user: { kind: 'text', value: 'id', help: 'sign in as this user (user-0001 if neither --user nor --admin is given)' },
    admin: { kind: 'switch', help: 'sign in as an operator' },
    json: { kind: 'switch', help: 'print {"token": …}' },
  },
  examples: [
    ['curl -H "Authorization: Bearer $(npx suanpan token)" http://127.0.0.1:3000/api/me', 'who am I, and what do I own?'],
    ['curl -H "Authorization: Bearer $(npx suanpan token --admin)" http://127.0.0.1:3000/admin/orders', 'all orders'],
  ],
  async run({ url, user, admin, json }, terminal) {
    if (admin && user !== undefined) throw new UsageError('--user and --admin exclude each other')
    const signedIn = await createShopClient(url).signIn(admin ? { role: 'admin' } : { userId: user ?? 'user-0001' })
    terminal.print(json ? JSON.stringify({ token: signedIn }) : signedIn)
    return 0
  },
})
