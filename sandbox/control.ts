import { Type } from 'typebox'
import type { SandboxContext, Server } from './context.ts'
import type { Credentials } from './credentials.ts'
import { addFault, channels, clearFaults, moved, operations, pay, resend, signatureFaults, type FaultRequest, type Trade } from './machine/index.ts'
import { tradeNamed, type OpenCode } from './opening.ts'
import { Problem } from './problems.ts'
import { deliveryView, faultView, tradeView } from './views.ts'

const strict = { additionalProperties: false } as const
const channel = Type.Enum([...channels])
const outTradeNo = Type.String({ minLength: 1, maxLength: 64 })
const code = Type.String({ minLength: 1, maxLength: 16_000 })
const durationMs = Type.Integer({ minimum: 0, maximum: 400 * 24 * 60 * 60 * 1000 })
const fen = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 })
const signature = Type.Enum([...signatureFaults])
const text = Type.String({ maxLength: 64 })

/** Of a code: as the shop answered it. */
const codes = { payUrl: Type.Optional(code), codeUrl: Type.Optional(code), orderString: Type.Optional(code), prepayId: Type.Optional(code) }

const notifyFault = Type.Object(
  {
    drop: Type.Optional(Type.Boolean()),
    delayMs: Type.Optional(durationMs),
    duplicate: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
    duplicateWithNewId: Type.Optional(Type.Boolean()),
    reorder: Type.Optional(Type.Boolean()),
    signature: Type.Optional(signature),
    amountFen: Type.Optional(fen),
    currency: Type.Optional(text),
    appId: Type.Optional(text),
    tradeNo: Type.Optional(text),
    merchantId: Type.Optional(text),
    outTradeNo: Type.Optional(text),
    tamperedCiphertext: Type.Optional(Type.Boolean()),
    emptyAssociatedData: Type.Optional(Type.Boolean()),
  },
  strict,
)
const apiFault = Type.Object(
  {
    operations: Type.Optional(Type.Array(Type.Enum([...operations]), { minItems: 1 })),
    slowMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 120_000 })),
    errorCode: Type.Optional(Type.String({ pattern: '^[A-Za-z._-]{1,64}$' })),
    status: Type.Optional(Type.Integer({ minimum: 300, maximum: 599 })),
    afterCommit: Type.Optional(Type.Boolean()),
    timeoutAfterCommit: Type.Optional(Type.Boolean()),
    unsigned: Type.Optional(Type.Boolean()),
    signature: Type.Optional(signature),
    queryLagMs: Type.Optional(durationMs),
    tradeState: Type.Optional(Type.Enum(['USERPAYING', 'PAYERROR', 'REVOKED'])),
    file: Type.Optional(Type.Enum(['empty', 'truncated', 'changed'])),
    refundEnding: Type.Optional(Type.Enum(['abnormal', 'closed'])),
  },
  strict,
)
const faultBody = Type.Object(
  {
    channel: Type.Optional(channel),
    outTradeNo: Type.Optional(outTradeNo),
    next: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    notify: Type.Optional(notifyFault),
    api: Type.Optional(apiFault),
    bill: Type.Optional(Type.Object({ omit: Type.Optional(Type.Boolean()), amountFen: Type.Optional(fen) }, strict)),
  },
  strict,
)

/** What the control API reaches beside the platforms' memory. */
interface Console {
  readonly openCode: OpenCode
  readonly credentials: () => Credentials
  readonly changeCertificate: () => Promise<void>
}

/** What only a simulation has: buyers on demand, faults, a clock that can be moved, and a look behind the counter. */
export function controlRoutes(server: Server, context: SandboxContext, { openCode, credentials, changeCertificate }: Console): void {
  buyerRoutes(server, context, openCode)
  faultRoutes(server, context)
  clockRoutes(server, context, changeCertificate)
  insightRoutes(server, context)
  server.get('/sandbox/merchant', async () => credentials())
}

type Codes = { readonly [Name in keyof typeof codes]?: string }

function oneCode(body: Codes): string | undefined {
  const given = [body.payUrl, body.codeUrl, body.orderString, body.prepayId].filter((each) => each !== undefined)
  if (given.length > 1) throw new Problem('invalid_request', 'one of payUrl, codeUrl, orderString, prepayId at a time')
  return given[0]
}

function buyerRoutes(server: Server, context: SandboxContext, openCode: OpenCode): void {
  const { ledger } = context
  const view = (trade: Trade) => tradeView(ledger.platform, trade)

  server.post('/sandbox/scan', { schema: { body: Type.Object(codes, strict) } }, async ({ body }) => {
    const given = oneCode(body)
    if (given === undefined) throw new Problem('invalid_request', 'say what is scanned: {"payUrl": …} or {"codeUrl": …}')
    return view(await openCode(given))
  })

  const payBody = Type.Object(
    { outTradeNo: Type.Optional(outTradeNo), channel: Type.Optional(channel), ...codes, outcome: Type.Optional(Type.Enum(['success', 'fail'])) },
    strict,
  )
  server.post('/sandbox/pay', { schema: { body: payBody } }, async ({ body }) => {
    const given = oneCode(body)
    if ((given === undefined) === (body.outTradeNo === undefined))
      throw new Problem('invalid_request', 'say what is paid: {"outTradeNo": …}, or a code to scan first')
    const trade = given === undefined ? tradeNamed(context, body.outTradeNo ?? '', body.channel) : await openCode(given)
    const paid = await ledger.run((platform, now) => pay(platform, trade.key, body.outcome ?? 'success', now))
    switch (paid.outcome) {
      case 'paid':
      case 'failed':
        return { outcome: paid.outcome, ...view(paid.trade) }
      case 'already_paid':
        throw new Problem('not_payable', `${trade.key} is paid already`)
      case 'already_closed':
        throw new Problem('not_payable', `${trade.key} is closed`)
      case 'expired':
        throw new Problem('not_payable', `${trade.key} has expired`)
      case 'unknown_trade':
        throw new Problem('not_found', `there is no trade ${trade.key}`)
    }
  })
}

function faultRoutes(server: Server, { ledger }: SandboxContext): void {
  server.post('/sandbox/faults', { schema: { body: faultBody } }, async ({ body }, reply) => {
    if (body.notify === undefined && body.api === undefined && body.bill === undefined)
      throw new Problem('invalid_request', 'say what goes wrong: "notify", "api" or "bill"')
    if (body.api?.afterCommit === true && body.api.status === undefined && body.api.errorCode === undefined)
      throw new Problem('invalid_request', 'afterCommit stands beside "status" or "errorCode": what is answered once it is done')
    const fault = await ledger.run((platform, now) => addFault(platform, body as FaultRequest, now))
    return reply.code(201).send({ faultId: fault.key, ...body })
  })
  server.get('/sandbox/faults', async () => ({ items: [...ledger.platform.faults.values()].map(faultView) }))
  server.delete('/sandbox/faults', async () => ({ removed: await ledger.run(clearFaults) }))
}

function clockRoutes(server: Server, { ledger, clock }: SandboxContext, changeCertificate: () => Promise<void>): void {
  const shown = () => {
    const { clock: virtual, publicKeyShare, alipayCertificates = false } = ledger.platform.desk
    return { now: ledger.now(), scale: virtual.scale, publicKeyShare, alipayCertificates }
  }
  server.get('/sandbox/clock', async () => shown())
  const clockBody = Type.Object({ advanceMs: Type.Optional(durationMs), scale: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })) }, strict)
  server.post('/sandbox/clock', { schema: { body: clockBody } }, async ({ body }) => {
    await ledger.run(({ desk }) => ({ answer: true, changes: [{ put: { ...desk, clock: moved(desk.clock, clock.now(), body) } }] }))
    return shown()
  })
  const keysBody = Type.Object(
    {
      publicKeyShare: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      alipayCertificates: Type.Optional(Type.Boolean()),
      rotateCertificate: Type.Optional(Type.Literal(true)),
    },
    strict,
  )
  server.post('/sandbox/keys', { schema: { body: keysBody } }, async ({ body: { rotateCertificate, ...desired } }) => {
    await ledger.run(({ desk }) => ({ answer: true, changes: [{ put: { ...desk, ...desired } }] }))
    if (rotateCertificate === true) await changeCertificate()
    return shown()
  })
}

function insightRoutes(server: Server, { ledger }: SandboxContext): void {
  const wanted = { querystring: Type.Object({ outTradeNo: Type.Optional(outTradeNo), channel: Type.Optional(channel) }, strict) }
  const { platform } = ledger

  server.get('/sandbox/trades', { schema: wanted }, async ({ query }) => ({
    items: [...platform.trades.values()].filter((trade) => isWanted(query, trade)).map((trade) => tradeView(platform, trade)),
  }))
  server.get('/sandbox/deliveries', { schema: wanted }, async ({ query }) => ({
    items: [...platform.notifications.values()].filter(({ trade }) => isWanted(query, trade)).map(deliveryView),
  }))
  const named = { params: Type.Object({ notificationId: Type.String({ maxLength: 64 }) }) }
  server.post('/sandbox/deliveries/:notificationId/resend', { schema: named }, async ({ params: { notificationId } }) => {
    const outcome = await ledger.run((known, now) => resend(known, notificationId, now))
    if (outcome === 'unknown') throw new Problem('not_found', `there is no notification ${notificationId}`)
    return { outcome }
  })
}

function isWanted(query: { readonly outTradeNo?: string; readonly channel?: string }, { channel: of, terms }: Trade): boolean {
  return (query.outTradeNo === undefined || query.outTradeNo === terms.outTradeNo) && (query.channel === undefined || query.channel === of)
}
