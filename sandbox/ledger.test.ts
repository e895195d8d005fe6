import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { openLedger } from './ledger.ts'
import { alipayClient, eventually, startMerchant, startTestSandbox } from './testing.ts'

test('a platform that was stopped still knows its trades, and goes on telling of them', async () => {
  const merchant = await startMerchant()
  const first = await startTestSandbox()
  const usual = merchant.answer
  merchant.answer = () => ({ status: 503, body: '' })
  const offer = { bizContent: { outTradeNo: 'kept_1', totalAmount: '1.00', subject: 'tea' }, notifyUrl: `${merchant.url}/alipay` }
  const { qrCode } = await alipayClient(first.credentials).exec('alipay.trade.precreate', offer, { validateSign: true })
  const paid = await first.control('POST', '/sandbox/pay', { codeUrl: qrCode as string })
  await eventually(() => merchant.received[0])

  const second = await first.again()
  merchant.answer = usual
  const { items } = await second.control<{ items: Record<string, unknown>[] }>('GET', '/sandbox/trades?outTradeNo=kept_1')
  assert.deepEqual([items.length, items[0]?.['state'], items[0]?.['tradeNo']], [1, 'paid', paid['tradeNo']])
  const client = alipayClient(second.credentials)
  const refund = await client.exec(
    'alipay.trade.refund',
    { bizContent: { outTradeNo: 'kept_1', refundAmount: '1.00', outRequestNo: 'r1' } },
    { validateSign: true },
  )
  assert.equal(refund['fundChange'], 'Y')
  await second.control('POST', '/sandbox/clock', { advanceMs: 4 * 60_000 })
  const told = await eventually(() => merchant.received.find((_, index) => index > 0))
  const [before, after] = [merchant.received[0]?.body ?? '', told.body].map((body) => Object.fromEntries(new URLSearchParams(body)))
  assert.equal(after?.['notify_id'], before?.['notify_id'])
  assert.equal(client.checkNotifySignV2(after), true)

  // Numbers go on where they were: none is given out twice.
  const third = await second.again()
  const another = await alipayClient(third.credentials).exec(
    'alipay.trade.precreate',
    { bizContent: { outTradeNo: 'kept_2', totalAmount: '1.00', subject: 'tea' } },
    { validateSign: true },
  )
  const { tradeNo } = await third.control('POST', '/sandbox/pay', { codeUrl: another['qrCode'] as string })
  assert.notEqual(tradeNo, paid['tradeNo'])
})

test('what was answered is on disk already', async () => {
  const sandbox = await startTestSandbox()
  const database = new DatabaseSync(join(sandbox.folder, 'state.db'), { readOnly: true })
  const stored = () => database.prepare("SELECT content FROM platform_row WHERE row_key = 'trade:alipay/durable_1'").get()?.['content']
  const offer = { bizContent: { outTradeNo: 'durable_1', totalAmount: '1.00', subject: 'tea' } }
  const { qrCode } = await alipayClient(sandbox.credentials).exec('alipay.trade.precreate', offer, { validateSign: true })
  assert.equal(stored(), undefined)
  for (const [path, state] of [
    ['/sandbox/scan', 'waiting'],
    ['/sandbox/pay', 'paid'],
  ] as const) {
    await sandbox.control('POST', path, { codeUrl: qrCode as string })
    assert.equal((JSON.parse(String(stored())) as { state: string }).state, state)
  }
  database.close()
})

test('what was decided a moment ago is told of once it is on disk', async () => {
  const ledger = await openLedger({ file: ':memory:', clock: manualClock() })
  const told: string[] = []
  const change = ledger.run(({ desk }) => ({ answer: 'kept', changes: [{ put: desk }] })).then((answer) => told.push(answer))
  const question = ledger.run(() => ({ answer: 'read', changes: [] })).then((answer) => told.push(answer))
  await Promise.all([change, question])
  assert.deepEqual(told, ['kept', 'read'])
  await ledger.close()
})

test('a ledger that could not write says nothing more', async () => {
  const ledger = await openLedger({ file: ':memory:', clock: manualClock() })
  await ledger.close()
  const change = () => ledger.run(({ desk }) => ({ answer: 'kept', changes: [{ put: desk }] }))
  await assert.rejects(change(), /could not write its state/)
  await assert.rejects(
    ledger.run(() => ({ answer: 'read', changes: [] })),
    /answers nothing any more/,
  )
})
