export { createPointsService, pointsSchema, type PointsService, type PointsServiceOptions } from './service.ts'
