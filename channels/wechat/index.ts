export { createWechatChannel, type WechatChannelOptions } from './channel.ts'
export { selfTestWechat } from './self-test.ts'
