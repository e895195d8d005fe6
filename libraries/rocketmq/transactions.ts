import type { TransactionChecker } from 'rocketmq-client-nodejs'
import { TransactionResolution } from './client/protocol.ts'
import type { Context } from './context.ts'
import { reasonOf } from './errors.ts'
import { received, type Received } from './message.ts'

/** `unknown`: it is not decided yet. The broker asks again. */
export type Resolution = 'commit' | 'rollback' | 'unknown'

/**
 * Tells what became of the local transaction that a half message belongs to. It may be asked in any process that has the
 * topic open, more than once, and while the transaction still runs: it goes by what is stored, and says `rollback` only
 * once the transaction cannot commit any more. A late commit after a rollback would be accepted by the broker.
 */
export type Check = (message: Received) => Promise<Resolution>

/** A message that is stored but seen by nobody until it is committed. */
export interface Half {
  readonly key: string
  readonly messageId: string
  /**
   * Throws a `RocketMqError` if the proxy did not answer: then, as when neither is called, the topic's checker is asked,
   * some seconds later at the earliest. That it resolves does not prove delivery: the proxy tells the broker one way.
   */
  commit(): Promise<void>
  rollback(): Promise<void>
}

export interface TransactionResult {
  readonly key: string
  readonly resolution: Resolution
  /** False: the proxy was not told, so the checker will be asked. */
  readonly isTold: boolean
}

/** Does the local work, tells the broker what came of it, and leaves to the checker what is not known. */
export async function settle(half: Half, work: () => Promise<Resolution>): Promise<TransactionResult> {
  const resolution = await work()
  const { key } = half
  try {
    switch (resolution) {
      case 'commit':
        await half.commit()
        return { key, resolution, isTold: true }
      case 'rollback':
        await half.rollback()
        return { key, resolution, isTold: true }
      case 'unknown':
        return { key, resolution, isTold: false }
    }
  } catch {
    return { key, resolution, isTold: false }
  }
}

const answers: { readonly [resolution in Resolution]: (typeof TransactionResolution)[keyof typeof TransactionResolution] } = {
  commit: TransactionResolution.COMMIT,
  rollback: TransactionResolution.ROLLBACK,
  unknown: TransactionResolution.TRANSACTION_RESOLUTION_UNSPECIFIED,
}

/** A producer of the topic is asked whether it has a checker or not; without one it leaves the answer to others. */
export function checkerOf({ log }: Context, topic: string, check: () => Check | undefined): TransactionChecker {
  return {
    check: async (view) => {
      const message = received(view)
      try {
        return answers[(await check()?.(message)) ?? 'unknown']
      } catch (error) {
        log.error({ topic, key: message.key, error }, `the checker of the topic failed (${reasonOf(error)}): the broker will ask again`)
        return answers.unknown
      }
    },
  }
}
