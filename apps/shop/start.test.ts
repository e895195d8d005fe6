import assert from 'node:assert/strict'
import { readConfiguration, settings } from '@suanpan/hosting'
import { StartRefused } from '@suanpan/runtime/settings'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { commandLine, freePort, startProgram, type Environment } from './testing/program.ts'

describe('a wrong setting stops the start and says what is allowed', () => {
  const cases: { environment: Record<string, string>; says: RegExp }[] = [
    { environment: { PORT: 'abc' }, says: /PORT .*"abc".*integer from 0 to 65535/ },
    { environment: { PORT: '65536' }, says: /PORT/ },
    { environment: { PORT: '-1' }, says: /PORT/ },
    { environment: { PORT: '3000 ' }, says: /PORT/ },
    { environment: { HOST: 'a b' }, says: /HOST/ },
    { environment: { DEMO: 'yes' }, says: /DEMO .*1 or 0/ },
    { environment: { UNPAID_TIMEOUT_MS: '10' }, says: /UNPAID_TIMEOUT_MS/ },
    { environment: { UNPAID_TIMEOUT_MS: '15m' }, says: /UNPAID_TIMEOUT_MS/ },
    { environment: { SAGA_DEADLINE_MS: '0' }, says: /SAGA_DEADLINE_MS/ },
    { environment: { QUEUE_LIMIT: '1e5' }, says: /QUEUE_LIMIT/ },
    { environment: { LOG_LEVEL: 'loud' }, says: /LOG_LEVEL .*silent, error/ },
    { environment: { DATABASE_URL: 'mysql://a/b' }, says: /DATABASE_URL .*postgres/ },
    { environment: { DATABASE_URL: 'postgres' }, says: /DATABASE_URL/ },
    { environment: { TRUSTED_PROXIES: 'proxy.internal' }, says: /TRUSTED_PROXIES .*198\.51\.100\.0\/24/ },
    { environment: { TRUSTED_PROXIES: '198.51.100.0/33' }, says: /TRUSTED_PROXIES/ },
    { environment: { TRUSTED_PROXIES: '198.51.100.1,' }, says: /TRUSTED_PROXIES/ },
    { environment: { HOST: '0.0.0.0' }, says: /DEMO .*loopback/ },
    { environment: { JWT_SECRET: 'x'.repeat(32) }, says: /^JWT_SECRET: .*Set DEMO=0, or leave JWT_SECRET out/ },
    { environment: { DEMO: '1', JWKS_URL: 'https://example.com/keys' }, says: /^JWKS_URL: .*DEMO=0/ },
    { environment: { JWT_ISSUER: 'https://example.com', JWT_AUDIENCE: 'shop' }, says: /^JWT_ISSUER, JWT_AUDIENCE: .*DEMO=0/ },
    { environment: { TRUSTED_PROXIES: '127.0.0.1' }, says: /^TRUSTED_PROXIES: .*DEMO=0/ },
    { environment: { DEMO: '0' }, says: /JWT_SECRET or JWKS_URL/ },
    { environment: { DEMO: '0', JWT_SECRET: 'short' }, says: /JWT_SECRET .*32 characters/ },
    { environment: { DEMO: '0', JWT_SECRET: 'x'.repeat(32), JWKS_URL: 'https://example.com/keys' }, says: /both set/ },
    { environment: { DEMO: '0', JWKS_URL: 'file:///keys' }, says: /JWKS_URL/ },
    { environment: { DEMO: '0', JWKS_URL: 'https://example.com/keys' }, says: /JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE/ },
    { environment: { DEMO: '0', JWKS_URL: 'https://example.com/keys', JWT_ISSUER: 'https://example.com' }, says: /needs JWT_ISSUER and JWT_AUDIENCE/ },
    { environment: { DEMO: '0', JWKS_URL: 'https://example.com/keys', JWT_AUDIENCE: 'shop' }, says: /needs JWT_ISSUER and JWT_AUDIENCE/ },
    { environment: { DEMO: '0', JWT_SECRET: 'x'.repeat(32), JWT_AUDIENCE: ' shop' }, says: /JWT_AUDIENCE .*without blanks/ },
  ]
  for (const { environment, says } of cases) {
    test(JSON.stringify(environment), () => {
      assert.throws(
        () => readConfiguration(environment),
        (error) => error instanceof StartRefused && says.test(error.message),
      )
    })
  }

  test('a secret is never shown', () => {
    assert.throws(
      () => readConfiguration({ DATABASE_URL: 'http://me:hunter2@host/db' }),
      (error) => error instanceof Error && !error.message.includes('hunter2'),
    )
  })

  test('an empty variable counts as not set', () => {
    const empty = Object.fromEntries(Object.keys(settings).map((name) => [name, '']))
    assert.deepEqual(readConfiguration(empty), readConfiguration({}))
  })
})

describe('the data folder', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'suanpan-start-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** Tries to start the real program where it must refuse; answers what it says. */
  async function refusal(environment: Environment): Promise<string> {
    const port = String(await freePort())
    const { status, stderr } = spawnSync(process.execPath, [commandLine, 'start'], {
      env: { ...process.env, PORT: port, SANDBOX_PORT: '0', ...environment },
      encoding: 'utf8',
      timeout: 20_000,
    })
    assert.equal(status, 2, stderr)
    return stderr
  }

  test('is used by one shop at a time, and free again after kill -9', async () => {
    const DATA_DIR = join(folder, 'one')
    const first = await startProgram({ DATA_DIR })
    assert.match(await refusal({ DATA_DIR }), /is in use by process \d+/)
    assert.match(await refusal({ DATA_DIR: join(folder, 'two'), PORT: String(first.port) }), /PORT \d+ .*taken/)
    await first.kill()
    const second = await startProgram({ DATA_DIR })
    await second.kill()
    for (const name of ['demo-token-secret', 'shop.db', 'shop.db-wal', 'notifications.db', 'notifications.db-wal'])
      assert.equal(statSync(join(DATA_DIR, name)).mode & 0o777, 0o600, name)
  })

  test('is refused when it is newer, damaged, or not ours, and left as it is', async () => {
    const cases: { name: string; prepare: (path: string) => void; says: RegExp }[] = [
      { name: 'newer', prepare: (path) => writeFileSync(join(path, 'format.json'), '{"format":99}'), says: /format 99.*newer version/ },
      { name: 'unreadable', prepare: (path) => writeFileSync(join(path, 'format.json'), '{"for'), says: /format.json that cannot be read/ },
      { name: 'foreign', prepare: (path) => writeFileSync(join(path, 'thesis.txt'), 'my work'), says: /other things in it/ },
      { name: 'no-format', prepare: (path) => writeFileSync(join(path, 'shop.db'), 'x'), says: /no format.json/ },
      { name: 'without-stores', prepare: (path) => writeFileSync(join(path, 'format.json'), '{"format":1}'), says: /has lost its shop\.db/ },
      {
        name: 'damaged',
        prepare: (path) => {
          writeFileSync(join(path, 'format.json'), '{"format":1}')
          writeFileSync(join(path, 'shop.db'), 'this was never a database, whatever its name says'.repeat(200))
        },
        says: /shop\.db: cannot be opened.*left as it is/,
      },
      {
        name: 'foreign-lock',
        prepare: (path) => {
          writeFileSync(join(path, 'format.json'), '{"format":1}')
          writeFileSync(join(path, 'shop.db'), '')
          writeFileSync(join(path, 'lock'), 'no lock of ours, and nobody holds it'.repeat(200))
        },
        says: /cannot be used: file is not a database/,
      },
      {
        name: 'cut-secret',
        prepare: (path) => {
          writeFileSync(join(path, 'format.json'), '{"format":1}')
          writeFileSync(join(path, 'shop.db'), '')
          writeFileSync(join(path, 'demo-token-secret'), 'abc')
        },
        says: /demo-token-secret is cut short/,
      },
    ]
    for (const { name, prepare, says } of cases) {
      const path = join(folder, name)
      mkdirSync(path)
      prepare(path)
      const contentsBefore = contents(path)
      assert.match(await refusal({ DATA_DIR: path }), says, name)
      assert.deepEqual(contents(path), contentsBefore, `${name} was changed`)
    }
  })

  test('whose promises to payment platforms cannot be read is refused, and they are left as they are', async () => {
    const DATA_DIR = join(folder, 'damaged-journal')
    await (await startProgram({ DATA_DIR })).kill()
    const journal = join(DATA_DIR, 'notifications.db')
    for (const end of ['-wal', '-shm']) rmSync(`${journal}${end}`)
    const noise = 'nobody can read this any more'.repeat(200)
    writeFileSync(journal, noise)
    assert.match(await refusal({ DATA_DIR }), /notifications\.db: cannot be opened.*left as it is/)
    assert.equal(readFileSync(journal, 'utf8'), noise)
  })

  test('that a start began and never finished is finished by the next', async () => {
    const DATA_DIR = join(folder, 'begun')
    mkdirSync(DATA_DIR)
    for (const file of ['shop.db', 'lock', 'format.json.4711']) writeFileSync(join(DATA_DIR, file), '')
    await (await startProgram({ DATA_DIR })).kill()
    assert.equal(readFileSync(join(DATA_DIR, 'format.json'), 'utf8'), '{"format":1}\n')
  })

  test('where none can be made, or a database that nobody can reach, is refused in words', async () => {
    assert.match(await refusal({ DATA_DIR: '/proc/nowhere/at/all' }), /data folder \/proc\/nowhere\/at\/all cannot be used: ENOENT/)
    const DATABASE_URL = `postgres://me:hunter2@127.0.0.1:${await freePort()}/shop`
    const said = await refusal({ DATA_DIR: join(folder, 'secret'), DATABASE_URL })
    assert.match(said, /database of DATABASE_URL cannot be used: connect ECONNREFUSED/)
    assert(!said.includes('hunter2'))
  })

  function contents(path: string): (string | undefined)[] {
    return ['format.json', 'thesis.txt', 'shop.db', 'notifications.db'].map((file) => {
      try {
        return readFileSync(join(path, file), 'utf8')
      } catch {
        return undefined
      }
    })
  }
})
