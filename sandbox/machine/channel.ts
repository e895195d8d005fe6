export const channels = ['alipay', 'wechat'] as const
export type Channel = (typeof channels)[number]

/** How the buyer gets to pay. Alipay: page, wap, precreate; WeChat Pay: native, jsapi, h5; both: app. */
export type Product = 'page' | 'wap' | 'precreate' | 'native' | 'jsapi' | 'h5' | 'app'
