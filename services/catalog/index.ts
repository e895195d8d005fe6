export { catalogSchema, createCatalogService, type CatalogService, type CatalogServiceOptions } from './service.ts'
