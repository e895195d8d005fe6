import type { Subscription } from '@suanpan/runtime/bus'

/** What things are called at the broker, whose names have no dots. */
export interface Names {
  readonly topic: (topic: string) => string
  /** One group of ours is one at the broker for each topic that it reads: a group of RocketMQ's has one subscription. */
  readonly group: (group: string, topic: string) => string
}

/** `prefix` keeps several installations on one broker apart. */
export function namesWith(prefix: string): Names {
  const plain = (name: string) => name.replaceAll('.', '_')
  return { topic: (topic) => prefix + plain(topic), group: (group, topic) => `${prefix}${plain(group)}-${plain(topic)}` }
}

export interface BrokerNeeds {
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

/** Topics (for transactions) and groups that have to exist at the broker before a bus with these subscriptions starts. */
export function topicsAndGroups(topics: readonly string[], subscriptions: readonly Subscription[], prefix = ''): BrokerNeeds {
  const names = namesWith(prefix)
  return {
    topics: [...new Set(topics.map(names.topic))],
    groups: [...new Set(subscriptions.flatMap(({ group, topics: read }) => read.map((topic) => names.group(group, topic))))],
  }
}
