export { readSandboxCredentials, type SandboxOptions } from './sandbox-credentials.ts'
export { channelSettings, ConfigurationRefused, type Environment, type Profile, type Setting } from './settings.ts'
