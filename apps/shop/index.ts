export { liveAccounts, refuseLiveAccounts, refusingStart, type AccountsAt } from './accounts.ts'
export { readConfiguration, settings, StartRefused, type Configuration, type SettingName } from './configuration.ts'
export { startShop, type RunningShop, type StartOptions } from './shop.ts'
export type { SeedCatalog } from './seed.ts'
