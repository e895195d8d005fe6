/**
 * Every code a client can be answered with: the one table from which the HTTP mapping, the API documentation and
 * the tests are made. `retry` tells a client what may help: the same idempotency key, a new one, or neither.
 */
export interface OutcomeDefinition {
  readonly status: number
  readonly retry: 'same-key' | 'new-key' | 'never'
  readonly title: string
}

export const outcomes = {
  invalid_request: { status: 400, retry: 'never', title: 'The request is malformed.' },
  unknown_sku: { status: 400, retry: 'never', title: 'The catalog has no such product.' },
  unverified: { status: 401, retry: 'never', title: 'The notification is not signed by its platform, or not meant for this shop; nothing was kept.' },
  unauthenticated: { status: 401, retry: 'never', title: 'A valid bearer token is needed.' },
  forbidden: { status: 403, retry: 'never', title: 'The token does not open this door.' },
  not_found: { status: 404, retry: 'never', title: 'There is no such thing here.' },
  request_timeout: { status: 408, retry: 'same-key', title: 'The request did not arrive in time.' },
  out_of_stock: { status: 409, retry: 'new-key', title: 'Not enough stock; everything taken is given back.' },
  coupon_not_usable: { status: 409, retry: 'new-key', title: 'The coupon cannot be used for this order; nothing was taken.' },
  insufficient_balance: { status: 409, retry: 'new-key', title: 'The balance does not cover the amount asked for; everything taken is given back.' },
  confirm_failed: { status: 409, retry: 'new-key', title: 'The order could not be confirmed; everything taken is given back.' },
  timed_out: { status: 409, retry: 'new-key', title: 'The order took too long; everything taken is given back.' },
  unpaid: { status: 409, retry: 'new-key', title: 'The order was not paid in time; everything taken is given back.' },
  customer: { status: 409, retry: 'new-key', title: 'The customer cancelled the order; everything taken is given back.' },
  not_cancellable: { status: 409, retry: 'never', title: 'The order was paid: what is left of it can be refunded, nothing can be cancelled.' },
  order_not_payable: { status: 409, retry: 'never', title: 'The order does not await a payment.' },
  channel_not_offered: { status: 409, retry: 'never', title: 'The shop does not offer this way to pay; another channel may do.' },
  channel_refused: { status: 409, retry: 'never', title: 'The platform refuses this payment; another channel may do.' },
  not_refundable: {
    status: 409,
    retry: 'never',
    title: 'The order is not paid, or nothing is left that is not refunded or being refunded; nothing was moved.',
  },
  exceeds_paid: { status: 409, retry: 'new-key', title: 'More than what is left of the payment, without what is being refunded; nothing was moved.' },
  resolved_otherwise: { status: 409, retry: 'never', title: 'Another decision was made about it before, and stands.' },
  still_wrong: {
    status: 409,
    retry: 'same-key',
    title: 'It stays wrong: the platform insists or does not answer, or no refund waits to be done by hand. Nothing was changed.',
  },
  no_bill: { status: 409, retry: 'same-key', title: 'The platform has no bill of that day yet; bills appear on the next day, after 10:00 in China.' },
  bill_refused: {
    status: 409,
    retry: 'never',
    title: 'The platform refuses to give us its bill: see the code it names, and the permissions of the account there.',
  },
  payload_too_large: { status: 413, retry: 'never', title: 'The request body is too large.' },
  unsupported_media_type: { status: 415, retry: 'never', title: 'The body has another content type than this path takes.' },
  idempotency_key_reused: { status: 422, retry: 'new-key', title: 'This idempotency key was used with another request body.' },
  rate_limited: { status: 429, retry: 'same-key', title: 'Too many requests.' },
  headers_too_large: { status: 431, retry: 'never', title: 'The headers of the request are too large.' },
  internal_error: { status: 500, retry: 'same-key', title: 'Something went wrong here; repeating with the same key is safe.' },
  overloaded: { status: 503, retry: 'same-key', title: 'Too much work is queued; this request has begun nothing.' },
  unavailable: { status: 503, retry: 'same-key', title: 'The outcome is not known yet; ask again with the same key.' },
} as const satisfies Record<string, OutcomeDefinition>

export type OutcomeCode = keyof typeof outcomes
