import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import fc from 'fast-check'
import { userSchema } from './service.ts'
import { usersOn } from './testing.ts'

const orderIds = ['ord_1', 'ord_2', 'ord_3', 'ord_4']
/** What an order asks for: `exactly` an amount, or up to one. */
const wish = fc.record({ userId: fc.constantFrom('user-1', 'user-2'), exactly: fc.boolean(), amountFen: fc.nat(60) })
const histories = fc.record({
  openings: fc.record({ 'user-1': fc.nat(100), 'user-2': fc.nat(100) }),
  wishes: fc.tuple(...orderIds.map(() => wish)),
  steps: fc.array(fc.record({ kind: fc.constantFrom('debit', 'cancel'), orderIds: fc.array(fc.constantFrom(...orderIds), { minLength: 1, maxLength: 6 }) }), {
    maxLength: 12,
  }),
})

interface Wish {
  readonly userId: string
  readonly exactly: boolean
  readonly amountFen: number
}

/** What should happen, one order at a time, without batches, rows or guards. */
function referenceOf(balances: Map<string, number>, wishOf: (orderId: string) => Wish) {
  /** By order: its answer for ever, and what it has taken. */
  const known = new Map<string, { answer: string; takenFen: number }>()
  const add = (userId: string, amountFen: number) => void balances.set(userId, (balances.get(userId) ?? 0) + amountFen)
  return {
    known,
    debit: (orderId: string): string => {
      const before = known.get(orderId)
      if (before !== undefined) return before.answer
      const { userId, exactly, amountFen } = wishOf(orderId)
      const balanceFen = balances.get(userId) ?? 0
      const enough = !exactly || balanceFen >= amountFen
      const takenFen = enough ? Math.min(balanceFen, amountFen) : 0
      add(userId, -takenFen)
      const answer = enough ? `DEBITED ${takenFen}` : 'INSUFFICIENT_BALANCE 0'
      known.set(orderId, { answer, takenFen })
      return answer
    },
    cancel: (orderId: string): string => {
      const before = known.get(orderId)
      add(wishOf(orderId).userId, before?.takenFen ?? 0)
      if (before?.answer !== 'INSUFFICIENT_BALANCE 0') known.set(orderId, { answer: 'ALREADY_RELEASED 0', takenFen: 0 })
      return 'done'
    },
  }
}

test('debits and cancels in any order, doubled and batched, have the effect of each order once', async () => {
  const property = fc.asyncProperty(histories, async ({ openings, wishes, steps }) => {
    const wishOf = (orderId: string): Wish => wishes[orderIds.indexOf(orderId)] ?? { userId: '', exactly: false, amountFen: 0 }
    const store = openMemoryStore({ name: 'user', schemas: [userSchema] })
    const users = await usersOn(store, openings)
    const answers = await Promise.all(
      steps.map(async ({ kind, orderIds: asked }): Promise<readonly string[]> => {
        if (kind === 'cancel') return (await users.cancel(...asked)).map((verdict) => verdict.kind)
        const debits = asked.map((orderId) => ({ orderId, ...wishOf(orderId) }))
        return users.debit(
          ...debits.map(({ orderId, userId, exactly, amountFen }) => ({
            orderId,
            userId,
            ...(exactly ? { exactlyFen: amountFen } : { atMostFen: amountFen }),
          })),
        )
      }),
    )

    const balances = new Map(Object.entries(openings))
    const reference = referenceOf(balances, wishOf)
    assert.deepEqual(
      answers,
      steps.map(({ kind, orderIds: asked }) => asked.map((orderId) => reference[kind](orderId))),
    )
    assert.deepEqual(await users.balances('user-1', 'user-2'), Object.fromEntries(balances))
    assert.equal((await users.effects({})).length, reference.known.size)
    assert.deepEqual(await users.violations(), [])
    await store.close()
  })
  await fc.assert(property, { numRuns: 150 })
})
