import type { Registry } from './port.ts'
import { parseUrl, provides, type ProviderUrl } from './url.ts'

/**
 * Providers at known addresses, without a registry: `tri://127.0.0.1:50051/` serves every service,
 * `dubbo://127.0.0.1:20880/com.example.UserService?version=1.0` that one. Throws for what is no such URL.
 */
export function fixedRegistry(urls: readonly string[]): Registry {
  const providers = urls.map((url): ProviderUrl => parseUrl(url) ?? refuse(url))
  return {
    register: () => Promise.resolve({ withdraw: () => Promise.resolve() }),
    subscribe: (key, protocol, listener) => {
      const found = providers
        .filter((provider) => provider.protocol === protocol && (provider.path === '' || provides(provider, key)))
        .map((provider) => ({ ...provider, path: provider.path === '' ? key.interface : provider.path }))
      listener(found)
      return { ready: Promise.resolve(), close: () => {} }
    },
    close: () => {},
  }
}

function refuse(url: string): never {
  throw new Error(`"${url}" is no provider's URL; it should look like tri://127.0.0.1:50051/ or dubbo://127.0.0.1:20880/com.example.UserService`)
}
