import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { aWhile, letter, mailbox, publish, until } from '@suanpan/runtime/bus/testing'
import { startCluster, type Cluster, type Installation, type ProcessOptions } from './testing/cluster.ts'

describe('several processes of one service on RocketMQ', () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(21_040, 4, ['reader'])
  })
  afterEach(() => cluster.stopProcesses())
  after(() => cluster.stop())

  async function reading(installation: Installation, answer?: Parameters<typeof mailbox>[1], options?: ProcessOptions) {
    const opened = await cluster.open(installation, options)
    const box = mailbox('reader', answer, 10)
    opened.bus.subscribe(box.subscription)
    await opened.bus.start()
    return { ...opened, box }
  }

  test('they share the groups, whoever publishes: everything is handled, and nothing twice', async () => {
    const installation = await cluster.install()
    const both = [await reading(installation), await reading(installation)]
    const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`)
    await Promise.all(keys.map((key, index) => both.slice(index % 2, (index % 2) + 1).map(({ bus, store }) => publish(bus, store, letter(key)))).flat())
    const got = () => both.flatMap(({ box }) => box.got)
    await until('all are there', () => got().length >= keys.length, 60_000)
    await until('nothing waits', async () => (await both[0]?.bus.backlog('reader')) === 0)
    await aWhile()
    assert.deepEqual(got().toSorted(), keys.map((key) => `${key}/1`).toSorted())
    assert(
      both.every(({ box }) => box.got.length > 0),
      'one of them had nothing to do',
    )
  })

  test('what one of them could not handle and left behind, another one hands out again, in its turn', async () => {
    const installation = await cluster.install()
    const options = { retryDelaysMs: [3_000] }
    const first = await reading(installation, () => ({ kind: 'retry', because: 'not here' }), options)
    await publish(first.bus, first.store, letter('a'))
    await until('it was tried', async () => (await first.bus.trace('a'))[0]?.deliveries[0]?.state === 'retrying', 60_000)
    await first.bus.stop()
    const second = await reading(installation, undefined, options)
    await until('the other one has it', () => second.box.got.length > 0, 60_000)
    await aWhile()
    assert.deepEqual([first.box.got, second.box.got], [['a/1'], ['a/2']])
  })

  test('of messages that are due, each is handed out by one of them', async () => {
    const installation = await cluster.install()
    const answer = ({ attempt }: { readonly attempt: number }) =>
      attempt === 1 ? ({ kind: 'retry', because: 'not yet' } as const) : ({ kind: 'done' } as const)
    const both = [await reading(installation, answer), await reading(installation, answer)]
    const [one] = both
    assert(one !== undefined)
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
    await publish(one.bus, one.store, ...keys.map((key) => letter(key)))
    await until('all are tried and handled', async () => (await one.bus.backlog('reader')) === 0, 60_000)
    await aWhile()
    const got = both.flatMap(({ box }) => box.got)
    assert.deepEqual(got.toSorted(), keys.flatMap((key) => [`${key}/1`, `${key}/2`]).toSorted())
  })
})
