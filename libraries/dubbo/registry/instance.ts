import { createHash } from 'node:crypto'
import type { RegisteredService, Registration } from './port.ts'
import { addressOf, isHost, isNodeName, isPort, serviceName, type Protocol, type ProviderUrl, type ServiceKey } from './url.ts'

/**
 * Application level: a registry lists the instances of a program, and one document tells what all instances of the same
 * build provide. The document is found by its revision.
 */
export interface Instance {
  readonly application: string
  readonly host: string
  readonly endpoints: readonly { readonly protocol: string; readonly port: number }[]
  readonly revision: string
  readonly parameters: { readonly [name: string]: string }
}

/** Services by name and protocol: `group/interface:version:protocol`. */
export interface Metadata {
  readonly app: string
  readonly revision: string
  readonly services: { readonly [nameAndProtocol: string]: MetadataService }
}

interface MetadataService {
  readonly name: string
  readonly group: string | undefined
  readonly version: string | undefined
  readonly protocol: string
  readonly path: string
  readonly params: { readonly [name: string]: string }
}

/**
 * The revision is a digest of the content: Java consumers keep documents by revision alone, across programs and on disk.
 * No port is in it, so that all instances of a build share one.
 */
export function metadataOf(application: string, services: readonly RegisteredService[]): Metadata {
  const entries = services
    .map(({ protocol, key, methods, parameters }): [string, MetadataService] => {
      const params = { ...parameters, ...keyParameters(key), methods: methods.join(','), side: 'provider' }
      return [
        `${serviceName(key)}:${protocol}`,
        { name: key.interface, group: key.group || undefined, version: key.version || undefined, protocol, path: key.interface, params },
      ]
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const content = { app: application, services: Object.fromEntries(entries) }
  const revision = createHash('md5').update(JSON.stringify(content)).digest('hex')
  return { ...content, revision }
}

function keyParameters({ interface: name, group, version }: ServiceKey): { readonly [name: string]: string } {
  return { interface: name, ...(group === '' ? {} : { group }), ...(version === '' ? {} : { version }) }
}

/** What a Java consumer must find, or it fails for every instance of the program. */
const payloadClass = 'org.apache.dubbo.registry.zookeeper.ZookeeperInstance'

export function instanceJson({ application, host, endpoints, startedAt }: Registration, revision: string): string {
  const port = endpoints[0]?.port ?? 0
  const id = addressOf({ host, port })
  const metadata = {
    'dubbo.endpoints': JSON.stringify(endpoints.map((endpoint) => ({ port: endpoint.port, protocol: endpoint.protocol }))),
    'dubbo.metadata.revision': revision,
    'dubbo.metadata.storage-type': 'remote',
    timestamp: String(startedAt),
  }
  return JSON.stringify({
    name: application,
    id,
    address: host,
    port,
    sslPort: null,
    payload: { '@class': payloadClass, id, name: application, metadata },
    registrationTimeUTC: startedAt,
    serviceType: 'DYNAMIC',
    uriSpec: null,
  })
}

type Json = { readonly [name: string]: unknown }
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined for what is no JSON object. */
function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function textsOf(value: unknown): { readonly [name: string]: string } {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text] as const] : [])))
}

/** Undefined for what is no instance that could be called. */
export function parseInstance(application: string, text: string): Instance | undefined {
  const json = parseObject(text)
  const payload = json?.['payload']
  const parameters = textsOf(isObject(payload) ? payload['metadata'] : undefined)
  const revision = parameters['dubbo.metadata.revision'] ?? '0'
  const host = json?.['address']
  if (typeof host !== 'string' || !isHost(host) || revision === '0' || !isNodeName(revision)) return undefined
  return { application, host, revision, parameters, endpoints: parseEndpoints(parameters['dubbo.endpoints'] ?? '[]') }
}

function parseEndpoints(text: string): Instance['endpoints'] {
  const list = parseObject(`{"list":${text}}`)?.['list']
  if (!Array.isArray(list)) return []
  return list.filter(isObject).flatMap(({ protocol, port }) => (typeof protocol === 'string' && isPort(port) ? [{ protocol, port }] : []))
}

/** Undefined for what is no such document. */
export function parseMetadata(text: string): Metadata | undefined {
  const json = parseObject(text)
  if (json === undefined || !isObject(json['services'])) return undefined
  const services = Object.entries(json['services']).flatMap(([key, service]): [string, MetadataService][] => {
    if (!isObject(service)) return []
    const { name, group, version, protocol, path } = textsOf(service)
    return [[key, { name: name ?? '', group, version, protocol: protocol ?? '', path: path ?? name ?? '', params: textsOf(service['params']) }]]
  })
  return { app: textsOf(json)['app'] ?? '', revision: textsOf(json)['revision'] ?? '', services: Object.fromEntries(services) }
}

/** Where an instance provides a service; undefined if it does not. */
export function urlOf({ host, endpoints, parameters }: Instance, { services }: Metadata, key: ServiceKey, protocol: Protocol): ProviderUrl | undefined {
  const service = services[`${serviceName(key)}:${protocol}`]
  const port = endpoints.find((endpoint) => endpoint.protocol === protocol)?.port
  if (service === undefined || port === undefined) return undefined
  const { timestamp, weight } = parameters
  const ofInstance = { ...(timestamp === undefined ? {} : { timestamp }), ...(weight === undefined ? {} : { weight }) }
  return { protocol, host, port, path: service.path, parameters: { ...service.params, ...ofInstance } }
}
