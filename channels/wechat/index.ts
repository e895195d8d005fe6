export { createWechatChannel, type WechatChannelOptions } from './channel.ts'
