import type { Channel, ChannelName } from '@suanpan/channels'
import { createAlipayChannel, selfTestAlipay } from '@suanpan/channels/alipay'
import { createWechatChannel, selfTestWechat } from '@suanpan/channels/wechat'
import type { Clock, Random } from '@suanpan/runtime/time'
import type { Accounts } from './accounts.ts'

/** The platforms that customers can pay over. Throws `StartRefused` where a key does not do what it is for. */
export function createChannels({ alipay, wechat }: Accounts, clock: Clock, random: Random): ReadonlyMap<ChannelName, Channel> {
  if (alipay !== undefined) selfTestAlipay(alipay)
  if (wechat !== undefined) selfTestWechat(wechat)
  const channels = [
    ...(alipay === undefined ? [] : [createAlipayChannel({ configuration: alipay, clock })]),
    ...(wechat === undefined ? [] : [createWechatChannel({ configuration: wechat, clock, random })]),
  ]
  return new Map(channels.map((channel) => [channel.name, channel]))
}
