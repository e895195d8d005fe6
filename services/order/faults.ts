import type { Faults } from '@suanpan/contracts/order'
import type { CallFate } from '@suanpan/runtime/rpc'
import type { Random } from '@suanpan/runtime/time'

/** Demo only: probabilities that anyone may turn up to watch orders being undone. All 0 at the start. */
export interface DemoFaults {
  readonly current: Faults
  set(faults: Faults): void
  /** The fate of the next call to a service that the saga takes from. */
  fateOfCall(): CallFate
}

export function createDemoFaults(random: Random): DemoFaults {
  const current: Faults = { confirmFails: 0, requestLost: 0, replyLost: 0 }
  return {
    current,
    set: (faults) => {
      Object.assign(current, faults)
    },
    fateOfCall: () => {
      if (current.requestLost > 0 && random() < current.requestLost) return 'lose_request'
      if (current.replyLost > 0 && random() < current.replyLost) return 'lose_reply'
      return 'pass'
    },
  }
}
