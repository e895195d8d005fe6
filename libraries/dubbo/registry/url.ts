/** The protocols spoken here, as Dubbo names them in its URLs: `tri` is Triple (gRPC), `dubbo` the classic one. */
export type Protocol = 'tri' | 'dubbo'

/** What tells providers of one interface apart; empty where a service has none. */
export interface ServiceKey {
  /** With its package. */
  readonly interface: string
  readonly group: string
  readonly version: string
}

/** A service at an address, as registries describe it: `tri://203.0.113.7:50051/pkg.Service?interface=pkg.Service&…`. */
export interface ProviderUrl {
  readonly protocol: string
  readonly host: string
  readonly port: number
  /** What calls name: the interface, as a rule. */
  readonly path: string
  readonly parameters: { readonly [name: string]: string }
}

const urlPattern = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/@?]*@)?(\[[^\]]+\]|[^/:?]+):(\d+)\/([^?]*)(?:\?(.*))?$/i

/** Whether this can be the host of an address: anybody may write into the registry, and no connection is made to what is none. */
export const isHost = (text: string): boolean => /^[^\s\p{Cc}/?@]+$/u.test(text)

export const isPort = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65_535

/** Whether this can be the name of a node: the servers refuse a path with any other. */
export const isNodeName = (text: string): boolean => /^(?!\.{1,2}$)[^/\p{Cc}\p{Cs}\p{Co}\ufff0-\uffff]+$/u.test(text)

/** Undefined for what is no URL of a provider. */
export function parseUrl(text: string): ProviderUrl | undefined {
  const [, protocol, host, port, path, query = ''] = urlPattern.exec(text) ?? []
  if (protocol === undefined || host === undefined || !isHost(host) || path === undefined || Number(port) > 65_535) return undefined
  const parameters = query.split('&').flatMap((pair) => {
    const [name = '', ...rest] = pair.split('=')
    return name === '' ? [] : [[name, rest.join('=')] as const]
  })
  return { protocol, host: host.replace(/^\[|\]$/g, ''), port: Number(port), path, parameters: Object.fromEntries(parameters) }
}

export function formatUrl({ protocol, host, port, path, parameters }: ProviderUrl): string {
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  return `${protocol}://${addressOf({ host, port })}/${path}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** `host:port`, as addresses are compared and shown. */
export function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A URL as the name of a node; undefined for what is none. */
export function parseNodeName(name: string): ProviderUrl | undefined {
  try {
    return parseUrl(decodeURIComponent(name))
  } catch {
    return undefined
  }
}

export const nodeName = (url: ProviderUrl): string => encodeURIComponent(formatUrl(url))

/** Whether a provider is one of what is looked for: as Java decides it, so that both find the same. */
export function provides({ parameters, path }: ProviderUrl, wanted: ServiceKey): boolean {
  return (
    (parameters['interface'] ?? path) === wanted.interface &&
    (parameters['group'] ?? '') === wanted.group &&
    (parameters['version'] ?? '') === wanted.version &&
    (parameters['category'] ?? 'providers') === 'providers' &&
    parameters['enabled'] !== 'false' &&
    parameters['disabled'] !== 'true'
  )
}

/** `group/interface:version`, as Dubbo shows a service. */
export function serviceName({ interface: name, group, version }: ServiceKey): string {
  return `${group === '' ? '' : `${group}/`}${name}${version === '' ? '' : `:${version}`}`
}
