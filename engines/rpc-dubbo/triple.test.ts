import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotBegun, ServiceError, type Reply } from '@suanpan/dubbo'
import { echo } from '@suanpan/runtime/rpc/testing'
import type { WireReply } from '@suanpan/runtime/rpc'
import { carried, serving, wireReplyOf } from './triple.ts'

const body = Uint8Array.from([1, 2])
const failedWith = (name: string): Reply<Uint8Array> => ({ kind: 'failed', error: { name, message: '' }, attachments: {} })
const notBegun = (because: Extract<Reply<never>, { kind: 'not_processed' }>['because']): Reply<Uint8Array> => ({ kind: 'not_processed', because })

/** What a call over Triple came to, and what the port says of it. */
const heard: readonly { readonly reply: Reply<Uint8Array>; readonly said: string }[] = [
  { reply: { kind: 'answered', value: body, attachments: {} }, said: 'answered' },
  { reply: failedWith('INTERNAL'), said: 'unknown, failed' },
  { reply: failedWith('RESOURCE_EXHAUSTED'), said: 'unknown, failed' },
  // A process of an older build has nothing of that name: it has done nothing.
  { reply: failedWith('UNIMPLEMENTED'), said: 'not_processed, unreachable' },
  { reply: { kind: 'unknown', because: 'deadline' }, said: 'unknown, deadline' },
  { reply: { kind: 'unknown', because: 'connection' }, said: 'unknown, connection' },
  { reply: notBegun('no_provider'), said: 'not_processed, unreachable' },
  { reply: notBegun('unreachable'), said: 'not_processed, unreachable' },
  { reply: notBegun('leaving'), said: 'not_processed, unreachable' },
  { reply: notBegun('overloaded'), said: 'not_processed, overloaded' },
  { reply: notBegun('deadline'), said: 'not_processed, deadline' },
]

for (const { reply, said } of heard)
  test(`a caller that hears ${JSON.stringify(reply)} learns: ${said}`, () => {
    const wire = wireReplyOf(reply)
    assert.equal(wire.kind === 'answered' ? 'answered' : `${wire.kind}, ${wire.because}`, said)
    if (wire.kind === 'answered') assert.equal(wire.body, body)
  })

const method = 'test.Echo/Say@one'
const context = { deadlineAt: 1_000, attachments: { traceparent: '00-aa-bb-01' }, caller: undefined, attach: () => {} }

test('what is served gets the call as the port carries it', async () => {
  const calls: unknown[] = []
  const handlers = serving(carried(echo, 'one'), async (call): Promise<WireReply> => {
    calls.push(call)
    return { kind: 'answered', body }
  })
  assert.equal(await handlers[method]?.(body, context), body)
  assert.deepEqual(calls, [{ method, deadlineAt: 1_000, traceparent: '00-aa-bb-01', body }])
})

const refusals: readonly { readonly reply: WireReply; readonly thrown: typeof NotBegun | typeof ServiceError }[] = [
  { reply: { kind: 'not_processed', because: 'overloaded' }, thrown: NotBegun },
  { reply: { kind: 'not_processed', because: 'deadline' }, thrown: NotBegun },
  { reply: { kind: 'unknown', because: 'failed' }, thrown: ServiceError },
]

for (const { reply, thrown } of refusals)
  test(`a provider whose call came to ${JSON.stringify(reply)} throws ${thrown.name}`, async () => {
    const handlers = serving(carried(echo, 'one'), async () => reply)
    await assert.rejects(async () => handlers[method]?.(body, context), thrown)
  })
