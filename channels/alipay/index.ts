export { createAlipayChannel, type AlipayChannelOptions } from './channel.ts'
export { selfTestAlipay } from './self-test.ts'
