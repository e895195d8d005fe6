import { batch, type Half, type RocketMq } from '@suanpan/rocketmq'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import type { Ids } from '@suanpan/runtime/ids'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import { isRefused, type Availability } from './availability.ts'
import type { Names } from './names.ts'
import { packed, type Parcel } from './parcels.ts'

/** A parcel on its way: under `halfId` its fate will be written down. `half` is absent if the broker did not take it. */
export interface Announced extends Parcel {
  readonly halfId: string
  readonly half: Half | undefined
}

export interface AnnouncerOptions {
  readonly rocketmq: RocketMq
  readonly names: Names
  readonly ids: Ids
  readonly log: Log
  readonly marks: Marks
  readonly availability: Availability
  /** How long a transaction waits for a broker that has just gone away; those after it wait not at all. */
  readonly announceWithinMs: number
}

/** Stores the messages at the broker, unseen; asks nothing of one that is away. */
export type Announce = (messages: readonly OutgoingMessage[]) => Promise<readonly Announced[]>

export function createAnnouncer({ rocketmq, names, ids, log, marks, availability, announceWithinMs }: AnnouncerOptions): Announce {
  async function announce(parcel: Parcel): Promise<Announced> {
    const halfId = ids.next('half')
    const { topic, envelopes } = parcel
    if (availability.isAway(topic)) return { ...parcel, halfId, half: undefined }
    try {
      const half = await rocketmq.sendHalf(names.topic(topic), batch(envelopes), { key: halfId, withinMs: announceWithinMs })
      availability.answered(topic)
      return { ...parcel, halfId, half }
    } catch (error) {
      marks.mark('bus.not_announced')
      if (!isRefused(error)) availability.failed(topic)
      log.warn({ topic, messages: envelopes.length, error }, 'the broker did not take the messages: they go by the outbox, and are relayed as soon as it does')
      return { ...parcel, halfId, half: undefined }
    }
  }
  return (messages) => Promise.all(packed(messages).map(announce))
}
