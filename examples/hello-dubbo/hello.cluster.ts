import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startZooKeepers, type ZooKeepers } from '@suanpan/dubbo/servers'
import { startJava, startProgram, type Program } from '@suanpan/dubbo/testing'
import { buildWithMaven } from '@suanpan/servers/maven'

/** All four pairings of provider and consumer, as programs, through three real ZooKeeper servers. */
const folder = fileURLToPath(new URL('.', import.meta.url))
let zookeepers: ZooKeepers

before(async () => {
  buildWithMaven(`${folder}java/`)
  zookeepers = await startZooKeepers(4_510)
})

after(() => zookeepers.stop())

type Language = 'typescript' | 'java'
type Role = 'provider' | 'consumer'

async function start(language: Language, role: Role, port: number): Promise<Program> {
  const environment = { PORT: String(port), ZOOKEEPER: zookeepers.servers.join(',') }
  const program =
    language === 'java'
      ? startJava({
          folder: `${folder}java/`,
          main: role === 'provider' ? 'hello.Provider' : 'hello.Consumer',
          maxHeapMb: 128,
          properties: { 'user.home': `${folder}java/target` },
          environment,
        })
      : startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', `${folder}${role}.ts`], environment)
  await program.line(role === 'provider' ? 'hello.IUserService is provided' : 'curl')
  return program
}

async function ask(port: number, name: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/user/sayHello?name=${encodeURIComponent(name)}`)
  return `${response.status} ${await response.text()}`
}

for (const [index, provider] of (['typescript', 'java'] as const).entries())
  test(`provider in ${provider}: consumers in both languages are answered`, async () => {
    const providing = await start(provider, 'provider', 4_515 + index)
    for (const [other, consumer] of (['typescript', 'java'] as const).entries()) {
      const port = 4_517 + 2 * other
      const consuming = await start(consumer, 'consumer', port)
      assert.equal(await ask(port, '世界 😀'), '200 hello:世界 😀', `consumer in ${consumer}`)
      await consuming.signal('SIGTERM')
    }
    await providing.signal('SIGTERM')
  })

test('nobody provides it: 503', async () => {
  const consuming = await start('typescript', 'consumer', 4_518)
  assert.equal(await ask(4_518, 'a'), '503 nobody could be asked (no_provider)')
  await consuming.signal('SIGTERM')
})
