import { createProvider } from '@suanpan/dubbo'
import { clock, openRegistry, say } from './settings.ts'
import { userService } from './user-service.ts'

/** Answers `sayHello` on port 20880, the one that Dubbo users know. Ctrl-C takes it out of the registry first. */
const { PORT = '20880' } = process.env
const registry = openRegistry()
const provider = await createProvider({ application: 'hello-provider', registry, clock, classicPort: Number(PORT) })
  .plain(userService, { sayHello: (name) => `hello:${name ?? ''}` })
  .start()
say(`hello.IUserService is provided on dubbo://127.0.0.1:${PORT} and registered. Ctrl-C ends it.`)

async function stop(): Promise<void> {
  say('leaving; consumers are given up to six seconds to hear of it …')
  await provider.close()
  registry.close()
}
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
