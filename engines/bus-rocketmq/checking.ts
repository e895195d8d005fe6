import type { Check, Resolution } from '@suanpan/rocketmq'
import { createBatcher } from '@suanpan/runtime/batcher'
import type { Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { isRelayed } from './relay.ts'
import { halves, type HalfRow } from './tables.ts'
import type { Telling } from './telling.ts'

export interface CheckingOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
  readonly telling: Telling
  /** A half message whose transaction has not committed this long after it was sent may not be used any more. */
  readonly barAfterMs: number
}

/** `bar`: roll back, once it is written down that no transaction may use this half message any more. */
export type Answer = Resolution | 'bar'

/** What the row that the transaction writes says; before there is one, only time tells. */
export function decideCheck(row: Pick<HalfRow, 'state'> | undefined, ageMs: number, barAfterMs: number): Answer {
  if (row !== undefined) return row.state === 'committed' ? 'commit' : 'rollback'
  return ageMs < barAfterMs ? 'unknown' : 'bar'
}

interface Question {
  readonly halfId: string
  readonly topic: string
  readonly sentAt: number
}

/** Questions wait for the store, not for room: the broker asks one broker's worth at a time. */
const limits = { maxItems: 256, maxQueued: 100_000 }

/**
 * Any process of a service answers for all of them, and while the store does not answer, nobody does. A transaction that
 * is barred while it still runs finds its key taken when it commits, and sends its messages by the outbox instead.
 */
export function createChecker({ store, clock, marks, telling, barAfterMs }: CheckingOptions): Check {
  async function answerAll(questions: readonly Question[]): Promise<Resolution[]> {
    const now = clock.now()
    const { rows, answers } = await store.transact(async (tx) => {
      const known = await tx.lock(
        halves,
        questions.map(({ halfId }) => halfId),
      )
      const decided = questions.map(({ halfId, sentAt }) => decideCheck(known.get(halfId), now - sentAt, barAfterMs))
      // The transaction that it is about may be committing: then the keys collide, and this is decided again.
      tx.insert(
        halves,
        questions.flatMap(({ halfId, topic }, index) =>
          decided[index] === 'bar' ? [{ halfId, state: 'barred' as const, topic, messages: 0, decidedAt: now, toldAt: now }] : [],
        ),
      )
      return { rows: known, answers: decided }
    })
    for (const row of rows.values()) if (row.state === 'committed') telling.told(row)
    return answers.map((answer) => {
      marks.mark(`bus.checked_${answer}`)
      return answer === 'bar' ? 'rollback' : answer
    })
  }
  const checks = createBatcher({ name: 'bus.check', clock, ...limits, flush: answerAll })

  return async ({ key: halfId = '', topic, sentAt }) => {
    // What is relayed was committed before it was sent.
    if (isRelayed(halfId)) return 'commit'
    return checks.add({ halfId, topic, sentAt: sentAt ?? clock.now() })
  }
}
