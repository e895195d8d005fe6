import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { StartRefused } from '@suanpan/runtime/settings'
import { readSandboxConfiguration } from './configuration.ts'

test('the port is the shop’s and one, unless it is named; an empty setting counts as none', () => {
  const cases: readonly (readonly [environment: Record<string, string>, port: number])[] = [
    [{}, 3_001],
    [{ PORT: '4000' }, 4_001],
    [{ PORT: '0' }, 0],
    [{ PORT: '4000', SANDBOX_PORT: '5000' }, 5_000],
    [{ SANDBOX_PORT: '0' }, 0],
    [{ PORT: '', SANDBOX_PORT: '', DEMO: '1', ALIPAY_APP_ID: '' }, 3_001],
  ]
  for (const [environment, port] of cases) assert.equal(readSandboxConfiguration(environment).port, port, JSON.stringify(environment))
  assert.equal(readSandboxConfiguration({}).folder, join(resolve('./data'), 'sandbox'))
  assert.equal(readSandboxConfiguration({ DATA_DIR: '/elsewhere' }).folder, '/elsewhere/sandbox')
})

test('what is not allowed, and every live profile, is refused in words', () => {
  const cases: readonly (readonly [environment: Record<string, string>, message: RegExp])[] = [
    [{ DEMO: '0' }, /DEMO=0 is a live profile/],
    [{ ALIPAY_GATEWAY: 'https://openapi.alipay.com/gateway.do' }, /ALIPAY_GATEWAY is set/],
    [{ WECHAT_PRIVATE_KEY_FILE: 'key.pem' }, /WECHAT_PRIVATE_KEY_FILE is set/],
    [{ PORT: 'http' }, /PORT: "http" is not allowed/],
    [{ SANDBOX_PORT: '65536' }, /SANDBOX_PORT: "65536" is not allowed/],
    [{ PORT: '65535' }, /SANDBOX_PORT: "65536" is not allowed/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL: "loud" is not allowed; it takes silent, error/],
  ]
  for (const [environment, message] of cases) {
    assert.throws(
      () => readSandboxConfiguration(environment),
      (error) => error instanceof StartRefused && message.test(error.message),
      JSON.stringify(environment),
    )
  }
})
