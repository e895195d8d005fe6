import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ProviderUrl } from '../registry/url.ts'
import { createBalancer, type LoadBalance, type Candidate } from './balancers.ts'
import { weightOf } from './weights.ts'

type Candidates = readonly [Candidate, ...Candidate[]]
const candidate = (address: string, weight: number, active = 0): Candidate => ({ address, weight, active })

/** A generator that is not random but spread evenly. */
function evenly(): () => number {
  let value = 0
  return () => (value = (value + 0.618_033_988_749_895) % 1)
}

function shares(loadBalance: LoadBalance, candidates: Candidates, times: number): Record<string, number> {
  const choose = createBalancer(loadBalance, evenly())
  const counts: Record<string, number> = Object.fromEntries(candidates.map(({ address }) => [address, 0]))
  for (let turn = 0; turn < times; turn++) {
    const { address } = choose(candidates)
    counts[address] = (counts[address] ?? 0) + 1
  }
  return counts
}

test('random: shares as the weights are', () => {
  const { a = 0, b = 0, c } = shares('random', [candidate('a', 30), candidate('b', 10), candidate('c', 0)], 4_000)
  assert.ok(Math.abs(a - 3_000) < 50 && Math.abs(b - 1_000) < 50 && c === 0)
})

test('round robin: exact shares, spread smoothly', () => {
  const candidates: Candidates = [candidate('a', 5), candidate('b', 1), candidate('c', 1)]
  const choose = createBalancer('round_robin', evenly())
  assert.equal(Array.from({ length: 14 }, () => choose(candidates).address).join(''), 'aabacaaaabacaa')
})

test('round robin: any weights get exactly their shares in one round', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const candidates = weights.map((weight, index) => candidate(String(index), weight)) as unknown as Candidates
      const counts = shares(
        'round_robin',
        candidates,
        weights.reduce((sum, weight) => sum + weight, 0),
      )
      assert.deepEqual(Object.values(counts), weights)
    }),
  )
})

test('round robin: who joins later gets its share, not all that it missed', () => {
  const choose = createBalancer('round_robin', evenly())
  for (let turn = 0; turn < 100; turn++) choose([candidate('a', 1)])
  const chosen = Array.from({ length: 10 }, () => choose([candidate('a', 1), candidate('b', 1)]).address)
  assert.equal(chosen.filter((address) => address === 'b').length, 5)
})

test('least active: the idle one; among equals by weight', () => {
  const choose = createBalancer('least_active', evenly())
  assert.equal(choose([candidate('a', 100, 3), candidate('b', 1, 2)]).address, 'b')
  const { a = 0, b = 0, c } = shares('least_active', [candidate('a', 3), candidate('b', 1), candidate('c', 9, 1)], 400)
  assert.ok(Math.abs(a - 300) < 20 && Math.abs(b - 100) < 20 && c === 0)
})

for (const loadBalance of ['random', 'round_robin', 'least_active'] as const)
  test(`${loadBalance}: where nobody has weight, everybody is chosen alike`, () => {
    const { a = 0, b = 0 } = shares(loadBalance, [candidate('a', 0), candidate('b', 0)], 100)
    assert.ok(Math.abs(a - b) <= 2, `${a} ${b}`)
  })

const now = 10_000_000
const minutes = 60_000
const weights: readonly (readonly [what: string, parameters: ProviderUrl['parameters'], weight: number])[] = [
  ['nothing told', {}, 100],
  ['started just now', { timestamp: String(now) }, 1],
  ['half warm', { timestamp: String(now - 5 * minutes) }, 50],
  ['warm', { timestamp: String(now - 10 * minutes) }, 100],
  ['a weight of its own, half warm', { timestamp: String(now - 5 * minutes), weight: '200' }, 100],
  ['a warm-up of its own', { timestamp: String(now - 5 * minutes), warmup: String(20 * minutes) }, 25],
  ['no warm-up', { timestamp: String(now), warmup: '0' }, 100],
  ['a clock ahead of ours', { timestamp: String(now + minutes) }, 1],
  ['taken out by weight 0', { weight: '0' }, 0],
  ['a negative weight', { weight: '-1' }, 0],
  ['no numbers', { weight: 'x', warmup: '', timestamp: 'y' }, 100],
]
for (const [what, parameters, weight] of weights)
  test(`weight: ${what} → ${weight}`, () => {
    assert.equal(weightOf({ protocol: 'tri', host: 'a', port: 1, path: 'b', parameters }, now), weight)
  })
