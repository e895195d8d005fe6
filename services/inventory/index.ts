export { createInventoryService, inventorySchema, type InventoryService, type InventoryServiceOptions } from './service.ts'
