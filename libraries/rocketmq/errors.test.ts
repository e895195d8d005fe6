import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientException } from 'rocketmq-client-nodejs'
import { failureKind, reasonOf, RocketMqError, type FailureKind } from './errors.ts'

const started = (cause: Error) => new Error('startup failed', { cause: new Error('no route after 3 attempts', { cause }) })

test('what an exception of the client means for the message', () => {
  const cases: readonly (readonly [Error, FailureKind])[] = [
    [new TypeError('wrong kind of message'), 'refused'],
    [new ClientException(40_402, 'no such topic'), 'refused'],
    [started(new ClientException(40_402, 'no such topic')), 'refused'],
    [new ClientException(41_302, 'empty body'), 'refused'],
    [new ClientException(42_900, 'too many requests'), 'unknown'],
    [new ClientException(50_001, 'broker away'), 'unknown'],
    [new ClientException(50_401, 'not flushed in time'), 'unknown'],
    [Object.assign(new Error('14 UNAVAILABLE'), { code: 14 }), 'unknown'],
    [Object.assign(new Error('4 DEADLINE_EXCEEDED'), { code: 4 }), 'unknown'],
    [started(new Error('14 UNAVAILABLE')), 'unknown'],
    [new RocketMqError('closed', 'closed'), 'closed'],
  ]
  for (const [error, kind] of cases) assert.equal(failureKind(error), kind, error.message)
})

test('a topic or a group that is not there is told from other refusals', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['topic a: CODE: 17  DESC: No topic route info in name server for the topic: a', true],
    ['topic a: group not found: b', true],
    ['topic a: message body is too large', false],
  ]
  for (const [reason, isMissing] of cases) assert.equal(new RocketMqError('refused', reason).isMissing, isMissing, reason)
})

test('the reason is what the innermost error says', () => {
  assert.equal(reasonOf(started(new Error('14 UNAVAILABLE'))), '14 UNAVAILABLE')
  assert.equal(reasonOf(new RocketMqError('unknown', 'topic a: away', new Error('inner'))), 'topic a: away')
  assert.equal(reasonOf('text'), 'text')
})
