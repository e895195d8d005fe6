import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { emptyChain, hashOf, verifyEntries, type SealedEntry } from './chain.ts'
import type { Recorded } from './records.ts'
import { sealEntries } from './rules.ts'

const record = (nth: number): Recorded => ({
  messageId: `ord_${nth}:paid`,
  topic: 'order.paid',
  orderId: `ord_${nth}`,
  at: 1_000 + nth,
  detail: `{"n":${nth}}`,
})

const chainOf = (length: number): readonly SealedEntry[] =>
  sealEntries(
    emptyChain,
    Array.from({ length }, (_, index) => record(index + 1)),
    () => false,
  ).entries

/** An entry sealed anew after it was changed: what somebody does who knows the layout, and cannot change what comes after. */
function resealed(entry: SealedEntry): SealedEntry {
  return { ...entry, hash: hashOf(entry) }
}

test('the layout is for ever: entries that were sealed once verify for ever', () => {
  const [first] = chainOf(1)
  // Computed by another program from the layout as it is described.
  assert.equal(first?.hash, 'dfda112f498a4714ed5ea2fa59f6c57926310dbc63df05319d2781cad71d64a3')
})

describe('the first entry that is not what was written is named', () => {
  const five = chainOf(5)
  const [first, second, third, fourth, fifth] = five as readonly [SealedEntry, SealedEntry, SealedEntry, SealedEntry, SealedEntry]
  const cases: readonly { what: string; entries: readonly SealedEntry[]; broken: number | undefined }[] = [
    { what: 'nothing', entries: [], broken: undefined },
    { what: 'as it was written', entries: five, broken: undefined },
    { what: 'the first is gone', entries: [second, third], broken: 1 },
    { what: 'one in the middle is gone', entries: [first, second, fourth, fifth], broken: 3 },
    { what: 'one in the middle is gone, the others renumbered', entries: [first, { ...third, sequence: 2 }], broken: 2 },
    { what: 'two are exchanged', entries: [first, third, second, fourth], broken: 2 },
    { what: 'two are exchanged, and renumbered', entries: [first, { ...third, sequence: 2 }, { ...second, sequence: 3 }], broken: 2 },
    { what: 'one stands twice', entries: [first, second, second, third], broken: 3 },
    { what: 'one is inserted, the others renumbered', entries: [first, resealed({ ...second, detail: '{}' }), { ...second, sequence: 3 }], broken: 3 },
    { what: 'one is changed', entries: [first, { ...second, detail: '{"n":3}' }, third], broken: 2 },
    { what: 'one is changed and sealed anew', entries: [first, resealed({ ...second, detail: '{"n":3}' }), third], broken: 3 },
    { what: 'a gap is sealed over', entries: [first, resealed({ ...third, previousHash: first.hash })], broken: 2 },
    { what: 'a hash is no hash', entries: [first, { ...second, hash: 'x' }], broken: 2 },
    { what: 'a previous hash is no hash', entries: [first, { ...second, previousHash: '' }], broken: 2 },
    { what: 'a time before time', entries: [first, { ...second, at: -1 }], broken: 2 },
    { what: 'a sequence that is none', entries: [first, { ...second, sequence: 0 }], broken: 2 },
  ]
  for (const { what, entries, broken } of cases) {
    test(`${what}: ${broken ?? 'unbroken'}`, () => {
      const verification = verifyEntries(emptyChain, entries)
      assert.equal(verification.kind === 'broken' ? verification.sequence : undefined, broken)
    })
  }
})

const histories = fc.record({
  texts: fc.array(fc.record({ topic: fc.string(), messageId: fc.string(), orderId: fc.string(), detail: fc.string({ unit: 'binary' }) }), {
    minLength: 1,
    maxLength: 12,
  }),
  pageSize: fc.integer({ min: 1, max: 5 }),
})

test('any messages, in pages of any size, verify', () => {
  fc.assert(
    fc.property(histories, ({ texts, pageSize }) => {
      const recorded = texts.map((text, index) => ({ ...text, messageId: `${index}${text.messageId}`, at: index }))
      const { entries, head } = sealEntries(emptyChain, recorded, () => false)
      let state = verifyEntries(emptyChain, [])
      for (let start = 0; start < entries.length && state.kind === 'unbroken'; start += pageSize) {
        state = verifyEntries(state.head, entries.slice(start, start + pageSize))
      }
      assert.deepEqual(state, { kind: 'unbroken', head })
      assert.equal(head.sequence, texts.length)
    }),
  )
})

test('any change of any byte of any field is found, at that entry', () => {
  const five = chainOf(5)
  const fields = ['topic', 'messageId', 'orderId', 'detail', 'previousHash', 'hash', 'at', 'sequence'] as const
  fc.assert(
    fc.property(fc.nat(4), fc.constantFrom(...fields), fc.nat(), fc.integer({ min: 1, max: 127 }), (index, field, place, flip) => {
      const entry = five[index] as SealedEntry
      const value = entry[field]
      const changed = typeof value === 'number' ? value + flip : flipped(value, place, flip)
      const tampered = five.map((each) => (each === entry ? { ...entry, [field]: changed } : each))
      const verification = verifyEntries(emptyChain, tampered)
      assert.deepEqual([verification.kind, verification.kind === 'broken' && verification.sequence], ['broken', index + 1])
    }),
    { numRuns: 500 },
  )
})

/** The text with one character changed. */
function flipped(text: string, place: number, flip: number): string {
  const at = place % text.length
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ flip) + text.slice(at + 1)
}

test('what belongs to one field cannot be moved into its neighbour', () => {
  const [entry] = chainOf(1)
  assert.ok(entry !== undefined)
  const moved = { ...entry, topic: entry.topic + entry.messageId.slice(0, 1), messageId: entry.messageId.slice(1) }
  assert.notEqual(hashOf(moved), entry.hash)
})

describe('a message has one entry', () => {
  test('in one batch', () => {
    const { entries } = sealEntries(emptyChain, [record(1), record(2), record(1)], () => false)
    assert.deepEqual(
      entries.map(({ sequence, messageId }) => [sequence, messageId]),
      [
        [1, 'ord_1:paid'],
        [2, 'ord_2:paid'],
      ],
    )
  })

  test('over batches', () => {
    const earlier = sealEntries(emptyChain, [record(1)], () => false)
    const { entries, head } = sealEntries(earlier.head, [record(1)], (messageId) => messageId === 'ord_1:paid')
    assert.deepEqual([entries, head], [[], earlier.head])
  })
})
