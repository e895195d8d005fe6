export { readSandboxConfiguration, type SandboxConfiguration } from './configuration.ts'
export { startSandbox, type RunningSandbox } from './sandbox.ts'
export type { Credentials } from './credentials.ts'
export type { SandboxNews } from './news.ts'
