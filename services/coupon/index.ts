export { couponSchema, createCouponService, type CouponService, type CouponServiceOptions } from './service.ts'
