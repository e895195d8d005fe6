import { channelNames } from '@suanpan/channels'
import { defineCommand } from '../command.ts'
import { UsageError } from '../flags.ts'
import { printReconciliation, reconcileChannel, type ChannelResult } from '../reconciliation.ts'
import { adminTokenFlag, createShopClient, operatorToken, urlFlag } from '../shop-client.ts'

export const reconcile = defineCommand({
  name: 'reconcile',
  summary: "hold the payment platforms' bills of one day against the books",
  description: [
    'Has the shop fetch the bill of that day (UTC+8) from each platform, and hold it against payments, refunds and orders.',
    'What differs takes its next step by itself: a payment that only the platform knows is settled as a lost notification,',
    'an amount that differs goes into the quarantine, and so on. It may be repeated as often as one likes; the shop does it',
    'by itself every day after 10:30 (UTC+8), because the platforms make their bills in the morning of the next day.',
    'Exit code 0: all agrees, or is being settled; 1: a difference needs a person; 2: a bill could not be held against the books.',
  ],
  flags: {
    url: urlFlag,
    token: adminTokenFlag,
    date: { kind: 'text', value: 'day', help: 'the day of the bill, such as 2026-11-25; has to be given' },
    channel: { kind: 'text', value: 'name', help: `only this platform: ${channelNames.join(' or ')}; without it, each that the shop offers` },
    json: { kind: 'switch', help: 'print the results as JSON' },
  },
  examples: [
    ['npx suanpan reconcile --date 2026-11-25', 'yesterday, over all platforms'],
    ['npx suanpan reconcile --date 2026-11-25 --channel alipay --json', 'one platform, for a program'],
  ],
  async run({ url, token, date, channel, json }, terminal) {
    if (date === undefined) throw new UsageError('say which day: --date 2026-11-25')
    if (channel !== undefined && !channelNames.some((known) => known === channel))
      throw new UsageError(`--channel is ${channelNames.join(' or ')}, not "${channel}"`)
    const shop = createShopClient(url)
    const adminToken = await operatorToken(shop, token)
    const results: ChannelResult[] = []
    for (const name of channel === undefined ? channelNames : [channel]) results.push(await reconcileChannel(shop, adminToken, name, date))
    const told = results.filter((result) => channel !== undefined || result.kind !== 'not_offered')
    if (told.length === 0) terminal.complain('suanpan: this shop takes payments over no platform: there is no bill to fetch')
    if (json) terminal.print(JSON.stringify(told, null, 2))
    else for (const result of told) printReconciliation(result, terminal)
    if (told.length === 0 || told.some(({ kind }) => kind !== 'done')) return 2
    return told.some((result) => result.kind === 'done' && result.differences.some(({ needsPerson }) => needsPerson)) ? 1 : 0
  },
})
