import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine, conformanceSchema } from '../store/testing/index.ts'
import { noMarks } from '../telemetry/index.ts'
import { manualClock } from '../time/index.ts'
import { busSchema, createStoreBus } from './store-bus.ts'
import { letter, publish, publisher, until } from './testing/conformance/index.ts'

const retainMs = 60 * 60_000

describeOnEveryEngine({ name: publisher, schemas: [conformanceSchema, busSchema] }, (open) => {
  test('what is older than the retention goes within a minute, however much it is', async () => {
    const store = await open()
    const clock = manualClock()
    const bus = createStoreBus({
      stores: [store],
      clock,
      marks: noMarks,
      owner: 'the only one',
      leaseMs: 5_000,
      pollEveryMs: 10,
      retryDelaysMs: [10],
      retainMs,
      onError: ({ error }) => assert.fail(String(error)),
    })
    const posted = (name: string, many: number) =>
      Promise.all(Array.from({ length: many }, (_, index) => publish(bus, store, { ...letter(`${name}-${index}`), at: clock.now() })))
    const left = async () => Number((await store.read.query('SELECT COUNT(*) AS many FROM bus_message', []))[0]?.['many'])
    await posted('old', 2_500)
    await clock.advance(retainMs)
    await posted('young', 10)
    await bus.start()
    await clock.advance(60_000)
    await until('the old ones are gone', async () => (await left()) <= 10)
    assert.equal(await left(), 10)
    await bus.stop()
  })
})
