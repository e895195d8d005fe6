import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

/** Lists the packages that are loaded on the way to the readers. */
const program = `
import { registerHooks } from 'node:module'
const loaded = new Set()
registerHooks({ resolve: (specifier, context, next) => { if (/^[@a-z]/.test(specifier) && !specifier.startsWith('node:')) loaded.add(specifier); return next(specifier, context) } })
const { createAlipayNotificationReader } = await import('@suanpan/channels/alipay/notification')
const { createWechatNotificationReader } = await import('@suanpan/channels/wechat/notification')
console.log(JSON.stringify([typeof createAlipayNotificationReader, typeof createWechatNotificationReader, ...loaded]))
`

test('verifying notifications loads no SDK: the HTTP thread stays light', () => {
  const printed = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(printed), ['function', 'function', '@suanpan/channels/alipay/notification', '@suanpan/channels/wechat/notification'])
})
