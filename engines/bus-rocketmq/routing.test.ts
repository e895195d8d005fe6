import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import type { Announced } from './announcing.ts'
import { routeMessages } from './routing.ts'

const message = (id: string, topic: string): OutgoingMessage => ({ id, topic, key: id, body: Uint8Array.of(1), at: 0, traceparent: '' })

/** `paid: a b` is a half message of topic `paid` with these two; `!paid: a b` is one that the broker did not take. */
function announced(text: string): Announced {
  const [, away, topic = '', ids = ''] = /^(!?)(\w+): (.*)$/.exec(text) ?? []
  const half = away === '!' ? undefined : { key: topic, messageId: '', commit: async () => {}, rollback: async () => {} }
  return { halfId: topic, half, topic, envelopes: [], messages: ids.split(' ').map((id) => message(id, topic)) }
}

interface Case {
  readonly what: string
  readonly announced: readonly string[]
  readonly accepted: string
  readonly sentBefore?: string
  readonly barred?: string
  /** Topics of half messages to be committed, then of those to be dropped, then messages for the outbox. */
  readonly becomes: readonly [committed: string, dropped: string, relayed: string]
}

const cases: readonly Case[] = [
  { what: 'all accepted', announced: ['paid: a b', 'noted: c'], accepted: 'a b c', becomes: ['paid noted', '', ''] },
  { what: 'a whole half message refused', announced: ['paid: a b', 'surplus: c'], accepted: 'a b', becomes: ['paid', 'surplus', ''] },
  { what: 'one member refused', announced: ['paid: a b', 'noted: c'], accepted: 'a c', becomes: ['noted', 'paid', 'a'] },
  { what: 'one member published before', announced: ['paid: a b'], accepted: 'a b', sentBefore: 'a', becomes: ['', 'paid', 'b'] },
  { what: 'everything published before', announced: ['paid: a b'], accepted: 'a b', sentBefore: 'a b', becomes: ['', 'paid', ''] },
  { what: 'the broker away for one topic', announced: ['paid: a', '!noted: b'], accepted: 'a b', becomes: ['paid', 'noted', 'b'] },
  { what: 'barred while the transaction ran', announced: ['paid: a', 'noted: b'], accepted: 'a b', barred: 'paid', becomes: ['noted', 'paid', 'a'] },
  { what: 'nothing accepted', announced: ['paid: a', '!noted: b'], accepted: '', becomes: ['', 'paid noted', ''] },
]

const setOf = (words = ''): Set<string> => new Set(words.split(' ').filter((word) => word !== ''))

for (const { what, becomes, ...given } of cases) {
  test(`${what}: ${becomes[0] || 'nothing'} committed, ${becomes[1] || 'nothing'} dropped, ${becomes[2] || 'nothing'} by the outbox`, () => {
    const halves = given.announced.map(announced)
    const accepted = halves.flatMap(({ messages }) => messages.filter(({ id }) => setOf(given.accepted).has(id)))
    const routing = routeMessages(halves, new Set(accepted), setOf(given.sentBefore), setOf(given.barred))
    const topics = (parcels: readonly Announced[]) => parcels.map(({ topic }) => topic).join(' ')
    assert.deepEqual([topics(routing.committed), topics(routing.dropped), routing.relayed.map(({ id }) => id).join(' ')], becomes)
  })
}
