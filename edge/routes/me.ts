import type { CouponState } from '@suanpan/contracts/coupon'
import { Type } from 'typebox'
import { identityOf, type EdgeContext, type Server } from '../context.ts'
import { answered } from '../services.ts'
import { nameOf, type WireNames } from '../wire-names.ts'

const couponStates = ['usable', 'claimed', 'expired'] as const

const couponSchema = Type.Object({
  couponId: Type.String(),
  state: Type.Enum([...couponStates]),
  discountFen: Type.Integer(),
  minimumSpendFen: Type.Integer(),
  expiresAt: Type.Optional(Type.Integer()),
})

const couponsListed = 'At most a thousand: usable ones first, each kind by its id.'

const meSchema = Type.Object(
  { userId: Type.String(), balanceFen: Type.Integer(), points: Type.Integer(), coupons: Type.Array(couponSchema, { description: couponsListed }) },
  { title: 'Me' },
)

const stateNames: WireNames<CouponState, (typeof couponStates)[number]> = {
  COUPON_STATE_UNSPECIFIED: undefined,
  COUPON_STATE_USABLE: 'usable',
  COUPON_STATE_CLAIMED: 'claimed',
  COUPON_STATE_EXPIRED: 'expired',
}

/** A customer's own balance, points and coupons. A user whom the shop does not know has none of them. */
export function meRoutes(server: Server, { services }: EdgeContext): void {
  server.get(
    '/api/me',
    {
      schema: {
        summary: 'Your balance, points and coupons',
        tags: ['me'],
        security: [{ bearer: [] }],
        response: { 200: meSchema },
      },
    },
    async (request) => {
      const { userId } = identityOf(request)
      const [users, points, coupons] = await Promise.all([
        services.user.getUsers({ userIds: [userId] }, services.ask()),
        services.points.getPoints({ userIds: [userId] }, services.ask()),
        services.coupon.listCoupons({ userId }, services.ask()),
      ])
      return {
        userId,
        balanceFen: answered(users).users[0]?.balanceFen ?? 0,
        points: answered(points).balances[0]?.points ?? 0,
        coupons: answered(coupons).coupons.map(({ state, expiresAt, ...coupon }) => ({
          ...coupon,
          state: nameOf(stateNames, state),
          ...(expiresAt === undefined ? {} : { expiresAt }),
        })),
      }
    },
  )
}
