import assert from 'node:assert/strict'
import { createPublicKey, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { encodeGbk } from '../files/gbk.ts'
import { startTestSandbox } from '../testing.ts'

const sandbox = await startTestSandbox()
const { appId, appPrivateKey, alipayPublicKey, gateway } = sandbox.credentials.alipay

const percent = (bytes: Buffer) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** A request of a shop that keeps to GBK: its parameters are written, and signed, as bytes of that. */
async function ask(method: string, bizContent: object): Promise<Buffer> {
  const parameters = {
    app_id: appId,
    method,
    charset: 'GBK',
    sign_type: 'RSA2',
    timestamp: '2026-11-26 09:00:00',
    version: '1.0',
    biz_content: JSON.stringify(bizContent),
  }
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  const signature = sign('sha256', encodeGbk(sorted.map(([name, value]) => `${name}=${value}`).join('&')), appPrivateKey).toString('base64')
  const body = [...sorted, ['sign', signature] as const].map(([name, value]) => `${name}=${percent(encodeGbk(value))}`).join('&')
  const response = await fetch(gateway, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })
  assert.equal(response.headers.get('content-type'), 'text/html;charset=gbk')
  return Buffer.from(await response.arrayBuffer())
}

test('a shop that speaks GBK is understood, and answered in GBK with a signature over its bytes', async () => {
  const offered = JSON.parse(
    new TextDecoder('gbk').decode(await ask('alipay.trade.precreate', { out_trade_no: 'gbk_1', total_amount: '1.00', subject: '龙井茶' })),
  ) as Record<string, { qr_code: string }>
  const scanned = await sandbox.control('POST', '/sandbox/scan', { codeUrl: offered['alipay_trade_precreate_response']?.qr_code })
  assert.equal(scanned['subject'], '龙井茶')

  const answer = await ask('alipay.trade.query', { out_trade_no: 'never' })
  const text = answer.toString('latin1')
  const content = answer.subarray(text.indexOf(':{') + 1, text.lastIndexOf(',"sign"'))
  assert.match(new TextDecoder('gbk', { fatal: true }).decode(content), /"sub_msg":"交易不存在"/)
  const { sign: signature } = JSON.parse(text) as { sign: string }
  assert.equal(verify('sha256', content, createPublicKey(alipayPublicKey), Buffer.from(signature, 'base64')), true)
})

test('GBK there and back', () => {
  const text = 'Suanpan 算盘，钱货两清：￥12.30 镕喆'
  assert.equal(new TextDecoder('gbk', { fatal: true }).decode(encodeGbk(text)), text)
  assert.equal(encodeGbk('a😀b').toString('latin1'), 'a?b')
})
