import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fixedRegistry } from './fixed.ts'
import { instanceJson, metadataOf, parseInstance, parseMetadata, urlOf } from './instance.ts'
import type { RegisteredService, Registration } from './port.ts'
import { formatUrl, nodeName, parseNodeName, parseUrl, provides, type ProviderUrl } from './url.ts'

const key = { interface: 'a.B', group: 'g', version: '1.0' }
const service: RegisteredService = { protocol: 'tri', key, methods: ['X', 'Y'], parameters: { weight: '50' } }
const registration: Registration = {
  application: 'app',
  host: '203.0.113.7',
  endpoints: [
    { protocol: 'tri', port: 50_051 },
    { protocol: 'dubbo', port: 20_880 },
  ],
  services: [service],
  startedAt: 1_700_000_000_000,
}

/** Nodes as Java 3.3.6 has written them. */
const nodes: readonly (readonly [node: string, url: ProviderUrl | undefined])[] = [
  [
    'tri%3A%2F%2F172.17.0.2%3A50051%2Fa.B%3Fapplication%3Djava%26group%3Dg%26interface%3Da.B%26methods%3DX%2CY%26timestamp%3D1',
    {
      protocol: 'tri',
      host: '172.17.0.2',
      port: 50_051,
      path: 'a.B',
      parameters: { application: 'java', group: 'g', interface: 'a.B', methods: 'X,Y', timestamp: '1' },
    },
  ],
  ['dubbo%3A%2F%2F%5B%3A%3A1%5D%3A20880%2Fa.B', { protocol: 'dubbo', host: '::1', port: 20_880, path: 'a.B', parameters: {} }],
  ['tri%3A%2F%2Fh%3A1%2Fa.B%3Fa%3Db%3Dc%26flag', { protocol: 'tri', host: 'h', port: 1, path: 'a.B', parameters: { a: 'b=c', flag: '' } }],
  ['tri%3A%2F%2Fh%3A99999%2Fa.B', undefined],
  ['tri%3A%2F%2Fh%2Fa.B', undefined],
  ['tri%3A%2F%2Fa%0Ab%3A80%2Fa.B', undefined],
  ['tri%3A%2F%2Fa%20b%3A80%2Fa.B', undefined],
  ['tri%3A%2F%2F%5B%3A%001%5D%3A80%2Fa.B', undefined],
  ['nothing', undefined],
  ['%', undefined],
]
for (const [node, url] of nodes)
  test(`node ${node} → ${url === undefined ? 'nothing' : url.host}`, () => {
    assert.deepEqual(parseNodeName(node), url)
    if (url !== undefined) assert.deepEqual(parseNodeName(nodeName(url)), url)
  })

test('any text is a URL or none, and a URL that was written is read as it was', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9._-]{1,10}$/)
  const parameters = fc.dictionary(word, word)
  const urls = fc.record({ protocol: fc.constantFrom('tri', 'dubbo'), host: word, port: fc.nat({ max: 65_535 }), path: word, parameters })
  fc.assert(fc.property(urls, (url) => assert.equal(JSON.stringify(parseUrl(formatUrl(url))), JSON.stringify(url))))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `tri://${text}`),
      ),
      (text) => void parseNodeName(text),
    ),
  )
})

const base = { interface: 'a.B', group: 'g', version: '1.0' }
const matches: readonly (readonly [parameters: ProviderUrl['parameters'], found: boolean])[] = [
  [base, true],
  [{ ...base, interface: 'a.C' }, false],
  [{ group: 'g', version: '1.0' }, true],
  [{ ...base, group: '' }, false],
  [{ ...base, version: '2.0' }, false],
  [{ ...base, category: 'providers' }, true],
  [{ ...base, category: 'configurators' }, false],
  [{ ...base, enabled: 'false' }, false],
  [{ ...base, disabled: 'true' }, false],
]
for (const [parameters, found] of matches)
  test(`g/a.B:1.0 is ${found ? '' : 'not '}provided by ${JSON.stringify(parameters)}`, () => {
    assert.equal(provides({ protocol: 'tri', host: 'h', port: 1, path: 'a.B', parameters }, key), found)
  })

test('an instance is written as Java reads it', () => {
  assert.deepEqual(JSON.parse(instanceJson(registration, 'r1')), {
    name: 'app',
    id: '203.0.113.7:50051',
    address: '203.0.113.7',
    port: 50_051,
    sslPort: null,
    payload: {
      '@class': 'org.apache.dubbo.registry.zookeeper.ZookeeperInstance',
      id: '203.0.113.7:50051',
      name: 'app',
      metadata: {
        'dubbo.endpoints': '[{"port":50051,"protocol":"tri"},{"port":20880,"protocol":"dubbo"}]',
        'dubbo.metadata.revision': 'r1',
        'dubbo.metadata.storage-type': 'remote',
        timestamp: '1700000000000',
      },
    },
    registrationTimeUTC: 1_700_000_000_000,
    serviceType: 'DYNAMIC',
    uriSpec: null,
  })
})

test('metadata says what is provided; its revision follows the content and nothing else', () => {
  const metadata = metadataOf('app', [service])
  const params = { weight: '50', interface: 'a.B', group: 'g', version: '1.0', methods: 'X,Y', side: 'provider' }
  assert.deepEqual(metadata.services, { 'g/a.B:1.0:tri': { name: 'a.B', group: 'g', version: '1.0', protocol: 'tri', path: 'a.B', params } })
  const other = { ...service, key: { ...key, interface: 'a.C' } }
  assert.equal(metadataOf('app', [other, service]).revision, metadataOf('app', [service, other]).revision)
  assert.notEqual(metadataOf('app', [other]).revision, metadata.revision)
  assert.notEqual(metadataOf('other', [service]).revision, metadata.revision)
})

test("what was written is found: by service and protocol, with the instance's own start and weight", () => {
  const metadata = metadataOf('app', [service])
  const instance = parseInstance('app', instanceJson(registration, metadata.revision))
  const read = parseMetadata(JSON.stringify(metadata))
  assert.ok(instance !== undefined && read !== undefined)
  const url = urlOf(instance, read, key, 'tri')
  assert.deepEqual(
    [url?.host, url?.port, url?.path, url?.parameters['timestamp'], url?.parameters['weight']],
    ['203.0.113.7', 50_051, 'a.B', '1700000000000', '50'],
  )
  assert.equal(urlOf(instance, read, key, 'dubbo'), undefined)
  assert.equal(urlOf(instance, read, { ...key, group: '' }, 'tri'), undefined)
})

test('any document is an instance or metadata or neither', () => {
  const json = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((text) => `{"services":${text},"address":"h","payload":{"metadata":${text}}}`),
  )
  fc.assert(
    fc.property(json, (text) => {
      parseInstance('app', text)
      parseMetadata(text)
    }),
    { numRuns: 1_000 },
  )
})

test('an instance without services, or without an address, is none', () => {
  assert.equal(parseInstance('app', instanceJson(registration, '0')), undefined)
  assert.equal(parseInstance('app', instanceJson({ ...registration, host: 'a\nb' }, 'r')), undefined)
  assert.equal(parseInstance('app', '{"payload":{"metadata":{"dubbo.metadata.revision":"r"}}}'), undefined)
})

test('a fixed registry finds by protocol and, where a URL names a service, by that', () => {
  const urls = ['tri://127.0.0.1:1/', 'dubbo://127.0.0.1:2/a.B?group=g&version=1.0', 'dubbo://127.0.0.1:3/a.C']
  const found: string[] = []
  for (const protocol of ['tri', 'dubbo'] as const)
    fixedRegistry(urls).subscribe(key, protocol, (providers) => found.push(...providers.map(({ port, path }) => `${port} ${path}`)))
  assert.deepEqual(found, ['1 a.B', '2 a.B'])
  assert.throws(() => fixedRegistry(['127.0.0.1:1']), /"127.0.0.1:1" is no provider's URL; it should look like/)
})
