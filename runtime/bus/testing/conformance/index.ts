import { describe } from 'node:test'
import { deliveryConformance } from './delivery.ts'
import { failureConformance } from './failure.ts'
import type { OpenBus } from './opened.ts'

/** What every engine of the bus promises. */
export function busConformance(open: OpenBus): void {
  describe('delivery', () => deliveryConformance(open))
  describe('failure', () => failureConformance(open))
}

export { retryDelaysMs } from './opened.ts'
export { aWhile, letter, mailbox, publish, publisher, until } from './post.ts'
