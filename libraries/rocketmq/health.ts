import { reasonOf, saysMissing } from './errors.ts'
import type { Listener } from './listener.ts'
import type { TopicProducer } from './producer.ts'

export interface PartHealth {
  readonly role: 'producer' | 'listener'
  readonly topic: string
  readonly group?: string
  /** Why it cannot do its work now; absent if it can. */
  readonly trouble?: string
  /** The trouble is that the broker has no such topic, or no such group: somebody has to create it, or the broker has just come back. */
  readonly isMissing?: true
  /** Of a listener: messages under way, and waiting for a lane. */
  readonly load?: Listener['load']
}

export interface Health {
  /** Every part can do its work. */
  readonly ok: boolean
  readonly parts: readonly PartHealth[]
}

/** Asks the proxy about each topic that is in use, all at the same time. */
export async function checkHealth(withinMs: number, producers: readonly TopicProducer[], listeners: readonly Listener[]): Promise<Health> {
  const parts = await Promise.all([
    ...producers.map(async (producer): Promise<PartHealth> => ({ role: 'producer', topic: producer.topic, ...(await troubleOf(producer, withinMs)) })),
    ...listeners
      .filter(({ isStopped }) => !isStopped)
      .map(async (listener): Promise<PartHealth> => {
        const { topic, group, load } = listener
        return { role: 'listener', topic, group, load, ...(await troubleOf(listener, withinMs)) }
      }),
  ])
  return { ok: parts.every(({ trouble }) => trouble === undefined), parts }
}

async function troubleOf(part: { probe(withinMs: number): Promise<void> }, withinMs: number): Promise<Pick<PartHealth, 'trouble' | 'isMissing'>> {
  try {
    await part.probe(withinMs)
    return {}
  } catch (error) {
    const trouble = reasonOf(error)
    return { trouble, ...(saysMissing(trouble) ? { isMissing: true } : {}) }
  }
}
