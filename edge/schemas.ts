import { channelNames } from '@suanpan/channels'
import { Type, type Static, type TProperties, type TSchema } from 'typebox'

/** Bounds of what a request may say; they are part of the API documentation. */
export const limits = {
  linesPerOrder: 50,
  quantityPerLine: 999,
  /** Ten billion yuan: far above any price, far below what a double holds exactly. */
  fen: 1_000_000_000_000,
  /** A billion yuan. What the dearest order comes to (lines × quantity × this) is still an exact integer, below 2^53. */
  priceFen: 100_000_000_000,
  units: 1_000_000_000,
  importItems: 1_000,
  pageSize: 1_000,
  customerBodyBytes: 16 * 1024,
  importBodyBytes: 1024 * 1024,
  notificationBodyBytes: 64 * 1024,
} as const

const strict = { additionalProperties: false } as const

/** Identity providers name their users by e-mail address, or with a bar behind the provider's own name. */
export const userIdPattern = '^[0-9A-Za-z_.:@|-]{1,64}$'
export const userIdSchema = Type.String({ pattern: userIdPattern })
export const idSchema = Type.String({ pattern: '^[0-9A-Za-z_.:-]{1,64}$' })
export const titleSchema = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]+$' })
export const fenSchema = Type.Integer({ minimum: 0, maximum: limits.fen })
export const priceSchema = Type.Integer({ minimum: 0, maximum: limits.priceFen })
/** Epoch milliseconds, up to the year 9999. */
export const timeSchema = Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 })
export const channelSchema = Type.Enum([...channelNames])

export const orderStates = ['pending', 'awaiting_payment', 'paid', 'partially_refunded', 'refunded', 'cancelled'] as const
export const orderStateSchema = Type.Enum([...orderStates])

export const orderSchema = Type.Object(
  {
    orderId: idSchema,
    userId: Type.String(),
    state: orderStateSchema,
    items: Type.Array(Type.Object({ sku: Type.String(), title: Type.String(), quantity: Type.Integer(), unitPriceFen: Type.Integer() })),
    itemsFen: Type.Integer(),
    discountFen: Type.Integer(),
    balanceFen: Type.Integer(),
    payableFen: Type.Integer(),
    createdAt: Type.Integer(),
    expiresAt: Type.Optional(Type.Integer()),
    cancelReason: Type.Optional(Type.String()),
    couponId: Type.Optional(Type.String()),
    refundedFen: Type.Optional(Type.Integer({ description: 'Given back after payment, over platform and balance' })),
  },
  { title: 'Order' },
)
export type OrderBody = Static<typeof orderSchema>

export const placeBodySchema = Type.Object(
  {
    items: Type.Array(Type.Object({ sku: idSchema, quantity: Type.Integer({ minimum: 1, maximum: limits.quantityPerLine }) }, strict), {
      minItems: 1,
      maxItems: limits.linesPerOrder,
    }),
    couponId: Type.Optional(idSchema),
    useBalanceFen: Type.Optional(Type.Union([fenSchema, Type.Literal('max')])),
  },
  strict,
)

/** Everything that answers an error answers this. */
export const problemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    retry: Type.String(),
    orderId: Type.Optional(Type.String()),
  },
  { title: 'Problem' },
)

/** The schemas of placing an order. The benchmark's bare server validates with the same. */
export const placeOrderSchema = { body: placeBodySchema }

/** Query strings are text: numbers in them are spelled out, and nothing is coerced. */
export const pageQuery = {
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]{0,2}|1000)$', description: '1 to 1000; default 50' })),
  cursor: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z_-]{1,200}$', description: '`next` of the page before' })),
}

/** An object that refuses unknown fields. */
export function strictObject<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, strict)
}

/** The order that a path names. */
export const orderParams = strictObject({ orderId: idSchema })

/** Of requests that need no body: none, or an object without fields. */
export const emptyBodySchema = Type.Union([Type.Null(), strictObject({})])

export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()) })
}
