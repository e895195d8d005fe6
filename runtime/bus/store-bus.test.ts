import { after } from 'node:test'
import { describeOnEveryEngine } from '../store/testing/index.ts'
import { conformanceSchema } from '../store/testing/conformance/index.ts'
import type { Store } from '../store/index.ts'
import { noMarks } from '../telemetry/index.ts'
import { systemClock } from '../time/index.ts'
import type { Bus } from './port.ts'
import { busSchema, createStoreBus } from './store-bus.ts'
import { busConformance, publisher, retryDelaysMs } from './testing/conformance/index.ts'

function busOn(store: Store): Bus {
  return createStoreBus({
    stores: [store],
    clock: systemClock(),
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
})
