import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OperationsServiceDefinition } from '@suanpan/contracts/operations'
import { inProcessRpc, type Implementation } from '@suanpan/runtime/rpc'
import { manualClock } from '@suanpan/runtime/time'
import { gatherOperations, joinTraces } from './gathered-operations.ts'
import { joinMetrics } from './metrics-text.ts'

type Operations = Implementation<typeof OperationsServiceDefinition>

const clock = manualClock(0)
const soon = { deadlineAt: 1_000 }

function letter(id: string) {
  return { id, group: id, topic: 'order.paid', key: 'ord_1', attempts: 8, because: 'poison', diedAt: 5 }
}

function operationsOf(ids: readonly string[]): Operations {
  return {
    listDeadLetters: async ({ limit, after }) => ({
      deadLetters: ids
        .filter((id) => id > after)
        .slice(0, limit)
        .map(letter),
    }),
    replayDeadLetter: async ({ id }) => ({ found: ids.includes(id) }),
    traceMessages: async () => ({ messages: [] }),
    getMetrics: async () => ({ text: '' }),
  }
}

describe('the operations of all services', () => {
  function gathered(byService: Readonly<Record<string, Operations>>, asked = Object.keys(byService)) {
    const rpc = inProcessRpc({ clock, maxCalls: 100, onError: () => {} })
    for (const [service, operations] of Object.entries(byService)) rpc.provide(OperationsServiceDefinition, operations, service)
    return gatherOperations(rpc, asked)
  }

  test('list dead letters of all services in one order, a page at a time', async () => {
    const operations = gathered({ coupon: operationsOf(['a', 'd']), points: operationsOf(['b', 'c', 'e']) })
    const pages: string[][] = []
    for (let after = '', page = ['']; page.length > 0; after = page.at(-1) ?? '') {
      const reply = await operations.listDeadLetters({ limit: 2, after }, soon)
      page = reply.kind === 'answered' ? reply.response.deadLetters.map(({ id }) => id) : []
      pages.push(page)
    }
    assert.deepEqual(pages, [['a', 'b'], ['c', 'd'], ['e'], []])
  })

  test('replay a dead letter wherever it is', async () => {
    const operations = gathered({ coupon: operationsOf(['a']), points: operationsOf(['b']) })
    assert.deepEqual(await operations.replayDeadLetter({ id: 'b' }, soon), { kind: 'answered', response: { found: true } })
    assert.deepEqual(await operations.replayDeadLetter({ id: 'c' }, soon), { kind: 'answered', response: { found: false } })
  })

  test('do not answer for a service that is away', async () => {
    const operations = gathered({ coupon: operationsOf(['a']) }, ['coupon', 'points'])
    assert.deepEqual(await operations.listDeadLetters({ limit: 1, after: '' }, soon), { kind: 'not_processed', because: 'unreachable' })
  })

  test('replay a dead letter of one service though another is away, and know of no such one only if all have said so', async () => {
    const operations = gathered({ coupon: operationsOf(['a']) }, ['points', 'coupon'])
    assert.deepEqual(await operations.replayDeadLetter({ id: 'a' }, soon), { kind: 'answered', response: { found: true } })
    assert.deepEqual(await operations.replayDeadLetter({ id: 'b' }, soon), { kind: 'not_processed', because: 'unreachable' })
  })

  test('say what is measured where somebody answers, and where nobody does', async () => {
    const operations = gathered({ coupon: { ...operationsOf([]), getMetrics: async () => ({ text: '# HELP lag Lag\nlag{service="coupon"} 1\n' }) } }, [
      'coupon',
      'points',
    ])
    const reply = await operations.getMetrics({}, soon)
    assert.deepEqual(reply.kind === 'answered' && reply.response.text.split('\n').filter((line) => /^[^#]/.test(line)), [
      'lag{service="coupon"} 1',
      'suanpan_service_answers{service="coupon"} 1',
      'suanpan_service_answers{service="points"} 0',
    ])
  })
})

test('a message is one, with the deliveries of all who received it', () => {
  const delivered = (group: string) => ({ group, state: 'delivered', attempts: 1, nextAttemptAt: undefined, because: undefined })
  const trace = { messageId: 'ord_1:paid', topic: 'order.paid', publishedAt: 7 }
  const other = { messageId: 'ord_1:opened', topic: 'order.confirmed', publishedAt: 3, deliveries: [] }
  const ofPublisher = { ...trace, deliveries: [] }
  const joined = joinTraces([
    ofPublisher,
    { ...trace, deliveries: [delivered('points.grant')] },
    { ...trace, deliveries: [delivered('inventory.sell')] },
    other,
  ])
  assert.deepEqual(joined, [other, { ...trace, deliveries: [delivered('inventory.sell'), delivered('points.grant')] }])
})

test('measurements that several services have stand once in the joined text', () => {
  const text = (service: string, value: number) => `# HELP lag Lag\n# TYPE lag gauge\nlag{service="${service}"} ${value}\n`
  const own = '# HELP own Own\n# TYPE own counter\nown{service="b"} 1\n'
  assert.equal(
    joinMetrics([text('a', 1), text('b', 2) + own]),
    '# HELP lag Lag\n# TYPE lag gauge\nlag{service="a"} 1\nlag{service="b"} 2\n\n# HELP own Own\n# TYPE own counter\nown{service="b"} 1\n',
  )
})
