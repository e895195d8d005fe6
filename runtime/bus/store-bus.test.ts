import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { describeOnEveryEngine } from '../store/testing/index.ts'
import { conformanceSchema } from '../store/testing/conformance/index.ts'
import type { Store } from '../store/index.ts'
import { noMarks } from '../telemetry/index.ts'
import { systemClock, type Clock } from '../time/index.ts'
import type { Bus } from './port.ts'
import { busSchema, createStoreBus } from './store-bus.ts'
import { busConformance, letter, mailbox, publish, publisher, retryDelaysMs, until } from './testing/conformance/index.ts'

function busOn(store: Store, clock: Clock = systemClock()): Bus {
  return createStoreBus({
    stores: [store],
    clock,
    marks: noMarks,
    owner: 'the only one',
    leaseMs: 5_000,
    pollEveryMs: 10,
    retryDelaysMs,
    retainMs: 60_000,
    onError: () => {},
  })
}

describeOnEveryEngine({ name: publisher, schemas: [conformanceSchema, busSchema] }, (open) => {
  const buses: Bus[] = []
  after(() => Promise.all(buses.map((bus) => bus.stop())))

  busConformance(async () => {
    const store = await open()
    const opened = (): Bus => {
      const bus = busOn(store)
      buses.push(bus)
      return bus
    }
    return { bus: opened(), store, reopen: async () => opened() }
  })

  test('a clock that is put back an hour holds no new retry up', async () => {
    let aheadMs = 3_600_000
    const store = await open()
    const bus = busOn(store, { ...systemClock(), now: () => Date.now() + aheadMs })
    buses.push(bus)
    const box = mailbox('reader', ({ attempt }) => (attempt === 1 ? { kind: 'retry', because: 'not yet' } : { kind: 'done' }))
    bus.subscribe(box.subscription)
    await bus.start()
    await publish(bus, store, letter('before'))
    await until('a retry was looked for', () => box.got.includes('before/2'))
    aheadMs = 0
    await publish(bus, store, letter('after'))
    await until('the next one is, too', () => box.got.includes('after/2'), 3_000)
    assert.deepEqual(box.got, ['before/1', 'before/2', 'after/1', 'after/2'])
  })
})
