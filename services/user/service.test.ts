import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { userSchema } from './service.ts'
import { usersOn } from './testing.ts'

describeOnEveryEngine({ name: 'user', schemas: [userSchema] }, (open) => {
  test('debits of one batch are decided in turn on what is left', async () => {
    const users = await usersOn(await open(), { 'user-1': 1_000 })
    const answers = await users.debit(
      { orderId: 'ord_1', exactlyFen: 600 },
      { orderId: 'ord_2', exactlyFen: 600 },
      { orderId: 'ord_3', atMostFen: 600 },
      { orderId: 'ord_4', atMostFen: 600 },
      { orderId: 'ord_1', exactlyFen: 600 },
      { orderId: 'ord_5', userId: 'nobody', atMostFen: 600 },
    )
    assert.deepEqual(answers, ['DEBITED 600', 'INSUFFICIENT_BALANCE 0', 'DEBITED 400', 'DEBITED 0', 'DEBITED 600', 'UNKNOWN_USER 0'])
    assert.deepEqual(await users.balances('user-1', 'nobody'), { 'user-1': 0 })
    assert.deepEqual(await users.violations(), [])
  })

  test('a cancel credits back once, however often it comes, and what comes after it takes nothing', async () => {
    const users = await usersOn(await open(), { 'user-1': 1_000, 'user-2': 50 })
    await users.debit({ orderId: 'ord_1', exactlyFen: 600 }, { orderId: 'ord_2', userId: 'user-2', atMostFen: 10 })
    await users.cancel('ord_1', 'ord_1', 'ord_3')
    await users.cancel('ord_1')
    assert.deepEqual(await users.debit({ orderId: 'ord_1', exactlyFen: 600 }, { orderId: 'ord_3', exactlyFen: 1 }), [
      'ALREADY_RELEASED 0',
      'ALREADY_RELEASED 0',
    ])
    assert.deepEqual(await users.balances('user-1', 'user-2'), { 'user-1': 1_000, 'user-2': 40 })
    assert.deepEqual(Object.fromEntries(users.marks), { 'user.release.released': 1, 'user.release.nothing': 2, 'user.release.barred': 1 })
    assert.deepEqual(await users.violations(), [])
  })

  test('a refusal stays one, though there is balance by now', async () => {
    const users = await usersOn(await open(), { 'user-1': 100 })
    assert.deepEqual(await users.debit({ orderId: 'ord_1', exactlyFen: 600 }), ['INSUFFICIENT_BALANCE 0'])
    assert.deepEqual(await users.importUsers({ 'user-1': 1_000, 'user-2': 0 }), ['user-1 UPDATED', 'user-2 CREATED'])
    assert.deepEqual(await users.debit({ orderId: 'ord_1', exactlyFen: 600 }), ['INSUFFICIENT_BALANCE 0'])
    assert.deepEqual(await users.balances('user-1'), { 'user-1': 1_000 })
  })

  test('concurrent debits of one user, doubled and crossed by cancels, keep the books', async () => {
    const users = await usersOn(await open(), { 'user-1': 1_000 })
    const orderIds = Array.from({ length: 20 }, (_, index) => `ord_${index}`)
    await Promise.all(
      orderIds.flatMap((orderId, index) => [
        users.debit({ orderId, exactlyFen: 70 }),
        users.debit({ orderId, exactlyFen: 70 }),
        ...(index % 3 === 0 ? [users.cancel(orderId)] : []),
      ]),
    )
    const effects = await users.effects({})
    const heldFen = effects.filter(({ state }) => state === 'EFFECT_STATE_HELD').reduce((sum, { amount }) => sum + amount, 0)
    assert.equal(effects.length, 20)
    assert.deepEqual(await users.balances('user-1'), { 'user-1': 1_000 - heldFen })
    assert.deepEqual(await users.violations(), [])
  })

  test('a refund credits once, however often it comes, and all refunds of an order no more than it took', async () => {
    const users = await usersOn(await open(), { 'user-1': 1_000 })
    await users.debit({ orderId: 'ord_1', exactlyFen: 600 })
    assert.deepEqual(await users.refund(['rf_1', 'ord_1', 250], ['rf_1', 'ord_1', 250], ['rf_2', 'ord_1', 0], ['rf_3', 'ord_1', 350]), [
      'done',
      'done',
      'done',
      'done',
    ])
    assert.deepEqual(await users.refund(['rf_3', 'ord_1', 350], ['rf_4', 'ord_1', 1], ['rf_5', 'ord_2', 1]), ['done', 'poison', 'retry'])
    assert.deepEqual(await users.balances('user-1'), { 'user-1': 1_000 })
    assert.deepEqual(
      (await users.effects({})).map(({ state, amount }) => [state, amount]),
      [['EFFECT_STATE_HELD', 0]],
    )
    assert.deepEqual(await users.violations(), [])
  })

  test('concurrent refunds of several orders of one user, doubled, beside new debits, keep the books', async () => {
    const users = await usersOn(await open(), { 'user-1': 1_000 })
    await users.debit({ orderId: 'ord_0', exactlyFen: 100 }, { orderId: 'ord_1', exactlyFen: 100 })
    const refunds = Array.from({ length: 40 }, (_, index) => [`rf_${index % 20}`, `ord_${index % 2}`, 7] as const)
    await Promise.all([
      ...refunds.map((refund) => users.refund(refund)),
      ...Array.from({ length: 10 }, (_, index) => users.debit({ orderId: `ord_new_${index}`, exactlyFen: 10 })),
    ])
    assert.deepEqual(await users.balances('user-1'), { 'user-1': 800 + 20 * 7 - 100 })
    assert.deepEqual(await users.violations(), [])
  })

  test('effects say whose balance, and how much', async () => {
    const users = await usersOn(await open(), { 'user-1': 100 })
    await users.debit({ orderId: 'ord_1', exactlyFen: 60 }, { orderId: 'ord_2', exactlyFen: 60 })
    await users.cancel('ord_3')
    assert.deepEqual(await users.effects({}), [
      { orderId: 'ord_1', state: 'EFFECT_STATE_HELD', subject: 'user-1', amount: 60, takenAt: 5_000, settledAt: 0 },
      { orderId: 'ord_2', state: 'EFFECT_STATE_REFUSED', subject: 'user-1', amount: 0, takenAt: 5_000, settledAt: 5_000 },
      { orderId: 'ord_3', state: 'EFFECT_STATE_RELEASED', subject: '', amount: 0, takenAt: 5_000, settledAt: 5_000 },
    ])
  })

  test('nonsense is refused by the tables, and changes nothing', async () => {
    const users = await usersOn(await open(), { 'user-1': 100 })
    await assert.rejects(users.debit({ orderId: 'ord_1', exactlyFen: -60 }), { name: 'ConstraintViolated' })
    await assert.rejects(users.debit({ orderId: 'ord_1', atMostFen: -60 }), { name: 'ConstraintViolated' })
    await assert.rejects(users.importUsers({ 'user-2': -1 }), { name: 'ConstraintViolated' })
    assert.deepEqual(await users.balances('user-1', 'user-2'), { 'user-1': 100 })
    assert.deepEqual(await users.effects({}), [])
  })
})
