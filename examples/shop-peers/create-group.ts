import { createAt } from '@suanpan/rocketmq/servers'
import { nameServers } from './endpoints.ts'

/** Whoever listens needs a group at the broker, which makes none by itself: `GROUP`, `java_peer` by default. */
const { GROUP = 'java_peer' } = process.env
await createAt(nameServers, [], [{ name: GROUP }])
