import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CreatePaymentOutcome, CreatePaymentRequest, Payment, PaymentState } from '@suanpan/contracts/payment'
import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import { bearer, edgeBeforeServices, somePayment, startedAt, trustedProxy } from './testing/edge.ts'

const headers = bearer('user-1')

/** Which address a request comes from, and what its headers claim about where it began. */
const direct: { readonly remoteAddress: string; readonly claims: Readonly<Record<string, string>> } = { remoteAddress: '203.0.113.7', claims: {} }

interface Body {
  readonly code?: string
  readonly orderId?: string
}

async function pay(
  payload: object,
  outcome: CreatePaymentOutcome = 'CREATE_PAYMENT_OUTCOME_CREATED',
  payment: Payment | undefined = somePayment,
  { remoteAddress, claims } = direct,
) {
  const asked: { request: CreatePaymentRequest; deadlineAt: number }[] = []
  const edge = await edgeBeforeServices({
    payment: {
      createPayment: async (request, { deadlineAt }) => {
        asked.push({ request, deadlineAt })
        return { outcome, payment: outcome === 'CREATE_PAYMENT_OUTCOME_CREATED' ? payment : undefined }
      },
    },
  })
  const answer = await edge.inject({ method: 'POST', url: '/api/orders/ord_1/payments', remoteAddress, headers: { ...headers, ...claims }, payload })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<Body>(), asked }
}

describe('beginning to pay', () => {
  test('what the customer is told: where to pay, and until when', async () => {
    const { status, headers: sent, body } = await pay({ channel: 'alipay' })
    assert.deepEqual([status, sent.location], [201, '/api/payments/pay_1'])
    assert.deepEqual(body, {
      paymentId: 'pay_1',
      orderId: 'ord_1',
      channel: 'alipay',
      product: 'page',
      amountFen: 150,
      state: 'pending',
      payUrl: 'https://pay.example/1',
      createdAt: startedAt,
      expiresAt: startedAt + 900_000,
    })
  })

  test('a code to scan, and parameters for the bridge', async () => {
    const wechat = { ...somePayment, channel: 'CHANNEL_WECHAT', payUrl: undefined } as const
    const code = await pay({ channel: 'wechat' }, undefined, { ...wechat, product: 'native', codeUrl: 'weixin://wxpay/1' })
    assert.deepEqual(code.body, { ...code.body, channel: 'wechat', codeUrl: 'weixin://wxpay/1' })
    const bridge = await pay({ channel: 'wechat', product: 'jsapi', openId: 'o-1' }, undefined, {
      ...wechat,
      product: 'jsapi',
      bridgeParameters: '{"paySign":"x"}',
    })
    assert.deepEqual(bridge.body, { ...bridge.body, bridge: { paySign: 'x' } })
  })

  test('what the payment service is asked', async () => {
    const { asked } = await pay({ channel: 'wechat', product: 'jsapi', openId: 'o-1' })
    const [first] = asked
    assert.ok(first !== undefined)
    const { traceparent } = first.request
    const said = { orderId: 'ord_1', userId: 'user-1', channel: 'CHANNEL_WECHAT', product: 'jsapi', clientIp: '203.0.113.7', openId: 'o-1', traceparent }
    assert.deepEqual(first.request, said)
    assert.ok(first.deadlineAt > startedAt + 5_000, 'a platform is asked behind it')
  })

  test('the address is that of the connection, whatever a header says; only a trusted proxy is believed, and only about the last step', async () => {
    const cases = [
      { remoteAddress: '203.0.113.7', forwardedFor: '198.51.100.2', clientIp: '203.0.113.7' },
      { remoteAddress: trustedProxy, forwardedFor: '198.51.100.2', clientIp: '198.51.100.2' },
      { remoteAddress: trustedProxy, forwardedFor: '203.0.113.99, 198.51.100.2', clientIp: '198.51.100.2' },
      { remoteAddress: trustedProxy, forwardedFor: '', clientIp: trustedProxy },
    ]
    for (const { remoteAddress, forwardedFor, clientIp } of cases) {
      const way = { remoteAddress, claims: { 'x-forwarded-for': forwardedFor } }
      const { asked } = await pay({ channel: 'wechat', product: 'h5' }, undefined, undefined, way)
      assert.equal(asked[0]?.request.clientIp, clientIp, JSON.stringify(way))
    }
  })

  const refusals: readonly { outcome: CreatePaymentOutcome; code: OutcomeCode }[] = [
    { outcome: 'CREATE_PAYMENT_OUTCOME_ORDER_NOT_FOUND', code: 'not_found' },
    { outcome: 'CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE', code: 'order_not_payable' },
    { outcome: 'CREATE_PAYMENT_OUTCOME_CHANNEL_NOT_OFFERED', code: 'channel_not_offered' },
    { outcome: 'CREATE_PAYMENT_OUTCOME_CHANNEL_REFUSED', code: 'channel_refused' },
    { outcome: 'CREATE_PAYMENT_OUTCOME_UNAVAILABLE', code: 'unavailable' },
    { outcome: 'CREATE_PAYMENT_OUTCOME_UNSPECIFIED', code: 'unavailable' },
  ]
  for (const { outcome, code } of refusals) {
    test(`${outcome} is ${outcomes[code].status} ${code}`, async () => {
      const { status, body } = await pay({ channel: 'alipay' }, outcome)
      assert.deepEqual([status, body.code, body.orderId], [outcomes[code].status, code, code === 'not_found' ? undefined : 'ord_1'])
    })
  }

  const bodies: readonly { what: string; payload: object }[] = [
    { what: 'no channel', payload: {} },
    { what: 'an unknown channel', payload: { channel: 'cash' } },
    { what: 'an unknown product', payload: { channel: 'alipay', product: 'face' } },
    { what: "the other channel's product", payload: { channel: 'alipay', product: 'native' } },
    { what: 'jsapi without a customer', payload: { channel: 'wechat', product: 'jsapi' } },
    { what: 'a customer without jsapi', payload: { channel: 'wechat', openId: 'o-1' } },
    { what: 'a strange customer', payload: { channel: 'wechat', product: 'jsapi', openId: 'o 1' } },
    { what: 'an amount', payload: { channel: 'alipay', amountFen: 1 } },
    { what: 'a list', payload: ['alipay'] },
  ]
  for (const { what, payload } of bodies) {
    test(`${what} is invalid, and reaches no service`, async () => {
      const { status, body, asked } = await pay(payload)
      assert.deepEqual([status, body.code, asked.length], [400, 'invalid_request', 0])
    })
  }
})

describe('looking at a payment', () => {
  const states: readonly { state: PaymentState; refundedFen: number; expected: string }[] = [
    { state: 'PAYMENT_STATE_PENDING', refundedFen: 0, expected: 'pending' },
    { state: 'PAYMENT_STATE_PAID', refundedFen: 0, expected: 'paid' },
    { state: 'PAYMENT_STATE_CLOSED', refundedFen: 0, expected: 'closed' },
    { state: 'PAYMENT_STATE_REFUNDING', refundedFen: 20, expected: 'refunding' },
    { state: 'PAYMENT_STATE_REFUNDED', refundedFen: 150, expected: 'refunded' },
  ]
  for (const { state, refundedFen, expected } of states) {
    test(`${state} is ${expected}`, async () => {
      const edge = await edgeBeforeServices({ payment: { getPayment: async () => ({ payment: { ...somePayment, state, refundedFen } }) } })
      const answer = await edge.inject({ url: '/api/payments/pay_1', headers })
      const body = answer.json<{ state: string; refundedFen?: number; userId?: string }>()
      assert.deepEqual([answer.statusCode, body.state, body.refundedFen], [200, expected, refundedFen === 0 ? undefined : refundedFen])
      assert.equal(body.userId, undefined)
    })
  }

  test('it is asked for in the name of its customer; what is not theirs is not there', async () => {
    const asked: object[] = []
    const edge = await edgeBeforeServices({
      payment: {
        getPayment: async (request) => {
          asked.push(request)
          return { payment: undefined }
        },
      },
    })
    const { statusCode } = await edge.inject({ url: '/api/payments/pay_1', headers: bearer('user-2') })
    assert.deepEqual([statusCode, asked], [404, [{ paymentId: 'pay_1', userId: 'user-2' }]])
  })

  test('nobody looks, or pays, without a token', async () => {
    const edge = await edgeBeforeServices({ payment: {} })
    assert.equal((await edge.inject({ url: '/api/payments/pay_1' })).statusCode, 401)
    assert.equal((await edge.inject({ method: 'POST', url: '/api/orders/ord_1/payments', payload: { channel: 'alipay' } })).statusCode, 401)
  })
})
