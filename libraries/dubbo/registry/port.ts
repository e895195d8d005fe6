import type { Protocol, ProviderUrl, ServiceKey } from './url.ts'

/** What one program provides. */
export interface Registration {
  /** The program's name: what Dubbo calls an application. */
  readonly application: string
  readonly host: string
  /** Where each protocol is spoken. The first one names the instance. */
  readonly endpoints: readonly { readonly protocol: Protocol; readonly port: number }[]
  readonly services: readonly RegisteredService[]
  /** Epoch milliseconds: consumers give a young provider less to do. */
  readonly startedAt: number
}

export interface RegisteredService {
  readonly protocol: Protocol
  readonly key: ServiceKey
  readonly methods: readonly string[]
  /** More than what every provider says: `weight`, `timeout`, `loadbalance`, `warmup`. */
  readonly parameters: { readonly [name: string]: string }
}

/** Who is there to be called. */
export interface Subscription {
  /** Resolves when the list was told for the first time, be it an empty one. */
  readonly ready: Promise<void>
  close(): void
}

/** Where providers make themselves known, and consumers find them. */
export interface Registry {
  /** Resolves when everybody can find it; it is kept so until withdrawn. */
  register(registration: Registration): Promise<Registered>
  /** Tells the providers now and whenever they change. Providers are never taken away because the registry itself is. */
  subscribe(key: ServiceKey, protocol: Protocol, listener: (providers: readonly ProviderUrl[]) => void): Subscription
  /** Frees what the registry holds. */
  close(): void
}

export interface Registered {
  /** Resolves when nobody new can find it, or when that could not be told in time. */
  withdraw(): Promise<void>
}
