import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { systemClock } from '@suanpan/runtime/time'
import { shareDemoFaults } from './faults.ts'
import { orderSchema } from './service.ts'

const clock = systemClock()
const wanted = { confirmFails: 0.5, requestLost: 0, replyLost: 1 }

describeOnEveryEngine({ name: 'order', schemas: [orderSchema] }, (open) => {
  test('faults that one process is told of, every process has, and one that starts later, too', async () => {
    const store = await open()
    const process = () => shareDemoFaults({ store, clock, random: () => 0.9, onError: (error) => assert.fail(String(error)) })
    const [one, other, later] = [process(), process(), process()]
    one.start()
    other.start()
    await one.set(wanted)
    assert.deepEqual([one.current, other.current], [wanted, wanted])
    assert.equal(other.fateOfCall(), 'lose_reply')
    later.start()
    await clock.sleep(500)
    assert.deepEqual(later.current, wanted)
    await other.set({ confirmFails: 0, requestLost: 0, replyLost: 0 })
    assert.equal(one.fateOfCall(), 'pass')
    await Promise.all([one, other, later].map((each) => each.stop()))
  })
})
