import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMerchant, startTestSandbox, eventually, wechatClient } from './testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()

test('native', async () => {
  const client = wechatClient(sandbox.credentials)
  const { mchid, appId } = sandbox.credentials.wechat
  const { data } = await client.chain('v3/pay/transactions/native').post<object, { data: { code_url: string } }>({
    mchid,
    appid: appId,
    description: 'tea',
    out_trade_no: 'native_0001',
    notify_url: `${merchant.url}/wechat`,
    amount: { total: 100, currency: 'CNY' },
  })
  const { status } = await sandbox.control('POST', '/sandbox/pay', { codeUrl: data.code_url })
  assert.equal(status, 200)
  const r = await eventually(() => merchant.received[0])
  assert.equal(r.path, '/wechat')
  const { data: queried } = await client.chain('v3/pay/transactions/out-trade-no/native_0001').get<{ trade_state: string }>({ params: { mchid } })
  assert.equal(queried.trade_state, 'SUCCESS')
})
