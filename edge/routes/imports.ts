import type { ImportResult } from '@suanpan/contracts/import'
import { Type } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { forOperators } from '../responses.ts'
import { fenSchema, idSchema, limits, priceSchema, strictObject, timeSchema, titleSchema, userIdSchema } from '../schemas.ts'
import { answered } from '../services.ts'

const outcomeNames: { readonly [Outcome in ImportResult['outcome']]: 'created' | 'updated' | 'unchanged' | 'conflict' } = {
  IMPORT_OUTCOME_UNSPECIFIED: 'conflict',
  IMPORT_OUTCOME_CREATED: 'created',
  IMPORT_OUTCOME_UPDATED: 'updated',
  IMPORT_OUTCOME_UNCHANGED: 'unchanged',
  IMPORT_OUTCOME_CONFLICT: 'conflict',
}

const resultsSchema = Type.Object({ results: Type.Array(Type.Object({ key: Type.String(), outcome: Type.String() })) }, { title: 'ImportResults' })

function itemsOf<Item extends Parameters<typeof Type.Array>[0]>(item: Item) {
  return strictObject({ items: Type.Array(item, { minItems: 1, maxItems: limits.importItems }) })
}

const productItems = itemsOf(
  strictObject({ sku: idSchema, title: titleSchema, priceFen: priceSchema, stock: Type.Integer({ minimum: 0, maximum: limits.units }) }),
)
const userItems = itemsOf(strictObject({ userId: userIdSchema, balanceFen: fenSchema }))
const couponItems = itemsOf(
  strictObject({
    couponId: idSchema,
    userId: userIdSchema,
    discountFen: Type.Integer({ minimum: 1, maximum: limits.fen }),
    minimumSpendFen: Type.Optional(fenSchema),
    expiresAt: Type.Optional(timeSchema),
  }),
)

function schemaOf<Body extends ReturnType<typeof itemsOf>>(summary: string, body: Body) {
  return {
    summary,
    description:
      'Declarative: each item says how things shall be, so that the same import again changes nothing. `conflict`: what is taken already forbids it; that item changed nothing.',
    ...forOperators,
    body,
    response: { 200: resultsSchema },
  }
}

/** Declaring products, users and coupons. */
export function importRoutes(server: Server, { services }: EdgeContext): void {
  server.post(
    '/admin/products',
    { bodyLimit: limits.importBodyBytes, schema: schemaOf('Import products; `stock` is how many units were ever received', productItems) },
    async (request) => {
      const { items } = request.body
      // Stock first: a product is not for sale before there is a stock row to sell from.
      const stock = answered(
        await services.inventory.importStock({ stock: items.map((item) => ({ sku: item.sku, receivedUnits: item.stock })) }, services.ask()),
      )
      const kept = items.filter((_, index) => stock.results[index]?.outcome !== 'IMPORT_OUTCOME_CONFLICT')
      const products = answered(
        await services.catalog.importProducts({ products: kept.map(({ sku, title, priceFen }) => ({ sku, title, priceFen })) }, services.ask()),
      )
      const productOf = new Map(kept.map((item, index) => [item, products.results[index]]))
      return { results: items.map((item, index) => ({ key: item.sku, outcome: productOutcome(stock.results[index], productOf.get(item)) })) }
    },
  )

  server.post(
    '/admin/users',
    { bodyLimit: limits.importBodyBytes, schema: schemaOf('Import users; `balanceFen` is their opening balance', userItems) },
    async (request) => {
      const users = request.body.items.map(({ userId, balanceFen }) => ({ userId, openingBalanceFen: balanceFen }))
      return named(answered(await services.user.importUsers({ users }, services.ask())))
    },
  )

  server.post('/admin/coupons', { bodyLimit: limits.importBodyBytes, schema: schemaOf('Import coupons', couponItems) }, async (request) => {
    const coupons = request.body.items.map(({ couponId, userId, discountFen, minimumSpendFen = 0, expiresAt }) => ({
      couponId,
      userId,
      discountFen,
      minimumSpendFen,
      expiresAt,
    }))
    return named(answered(await services.coupon.importCoupons({ coupons }, services.ask())))
  })
}

function named({ results }: { readonly results: readonly ImportResult[] }) {
  return { results: results.map(({ key, outcome }) => ({ key, outcome: outcomeNames[outcome] })) }
}

/** A product is one thing to its importer: the less fortunate of its two halves tells. */
function productOutcome(stock: ImportResult | undefined, product: ImportResult | undefined): string {
  const outcomes = [stock, product].map((result) => outcomeNames[result?.outcome ?? 'IMPORT_OUTCOME_UNSPECIFIED'])
  return (['conflict', 'created', 'updated'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'unchanged'
}
