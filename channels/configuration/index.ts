export { alipaySettings, readAlipayConfiguration, type AlipayConfiguration } from '../alipay/configuration.ts'
export { readWechatConfiguration, wechatSettings, type WechatConfiguration } from '../wechat/configuration.ts'
export { readSandboxCredentials, type SandboxOptions } from './sandbox-credentials.ts'
export { channelSettings, type Profile } from './settings.ts'
