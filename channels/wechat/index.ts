export { createWechatChannel, type WechatChannelOptions } from './channel.ts'
export { readWechatConfiguration, wechatSettings, type WechatConfiguration } from './configuration.ts'
export { createWechatNotificationReader, type WechatRecipient } from './notification.ts'
