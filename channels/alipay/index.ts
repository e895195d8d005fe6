export { createAlipayChannel, type AlipayChannelOptions } from './channel.ts'
export { alipaySettings, readAlipayConfiguration, type AlipayConfiguration } from './configuration.ts'
export { createAlipayNotificationReader, type AlipayRecipient } from './notification.ts'
export { selfTestAlipay } from './self-test.ts'
