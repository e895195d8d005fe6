import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock } from '@suanpan/runtime/time'
import { scriptedServer, type Scripted } from '../testing/scripted-server.ts'
import { download, downloadAddress } from './download.ts'

test('a file is fetched from where the platform is, and from nowhere else', () => {
  const gateway = 'https://openapi.alipay.com/gateway.do'
  const sandbox = 'http://127.0.0.1:3001/gateway.do'
  const cases: [given: string, gateway: string, address: string | undefined][] = [
    ['https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1', gateway, 'https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1'],
    ['http://dwbillcenter.alipay.com/downloadBillFile.resource', gateway, 'https://dwbillcenter.alipay.com/downloadBillFile.resource'],
    ['https://openapi.alipay.com/bill', gateway, 'https://openapi.alipay.com/bill'],
    ['http://openapi.alipay.com/bill', gateway, undefined],
    ['http://127.0.0.1:3001/bill/1', sandbox, 'http://127.0.0.1:3001/bill/1'],
    ['http://127.0.0.1:3002/bill/1', sandbox, undefined],
    ['http://localhost:3001/bill/1', sandbox, undefined],
    ['http://169.254.169.254/latest/meta-data', gateway, undefined],
    ['https://dwbillcenter.alipay.com.example.com/', gateway, undefined],
    ['https://dwbillcenter.alipay.com:8443/', gateway, undefined],
    ['https://dwbillcenter.alipay.com@example.com/', gateway, undefined],
    ['https://user:secret@dwbillcenter.alipay.com/', gateway, undefined],
    ['ftp://dwbillcenter.alipay.com/', gateway, undefined],
    ['file:///etc/passwd', gateway, undefined],
    ['/etc/passwd', gateway, undefined],
    ['', gateway, undefined],
  ]
  for (const [given, from, address] of cases) assert.equal(downloadAddress(given, from, ['dwbillcenter.alipay.com'])?.href, address, given)
})

test('a download that is refused, sent elsewhere, late or too long is none', async () => {
  let answer: Scripted = 'cut'
  const server = await scriptedServer(({ url }) => (url.pathname === '/bill' ? answer : { status: 200, body: 'x' }))
  after(server.close)
  const fetched = (timeoutMs = 10_000) => download({ url: `${server.origin}/bill`, clock: systemClock(), timeoutMs, maxBytes: 4 })
  answer = { status: 200, body: 'bill' }
  assert.equal(String(await fetched()), 'bill')
  const cases: Scripted[] = [
    'cut',
    { status: 404, body: 'bill' },
    { status: 204, body: '' },
    { status: 302, headers: { location: `${server.origin}/elsewhere` }, body: '' },
    { status: 200, body: 'bills' },
    'trickle',
  ]
  for (const each of cases) {
    answer = each
    await assert.rejects(fetched(), JSON.stringify(each))
  }
  answer = 'silence'
  await assert.rejects(fetched(300))
})
