import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { JavaObject, type HessianValue } from '../hessian/index.ts'
import { decoded } from '../hessian/testing.ts'
import { accepts, type JavaType } from './plain-interface.ts'

const bean = new JavaObject('a.B', {})
/** `M`, the name of its class, `x` → 1; and with a number for a key, which makes it a Map. */
const typedMap = decoded(Buffer.from('4d116a6176612e7574696c2e547265654d61700178915a', 'hex'))
const typedMapOfNumbers = decoded(Buffer.from('4d116a6176612e7574696c2e547265654d617091915a', 'hex'))

const cases: readonly { readonly types: readonly JavaType[]; readonly taken: readonly HessianValue[]; readonly refused: readonly HessianValue[] }[] = [
  { types: ['int'], taken: [0, 2 ** 31 - 1, -(2 ** 31)], refused: [null, NaN, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 40, Infinity, 1n, '1'] },
  { types: ['Integer'], taken: [null, 0, 2 ** 31 - 1], refused: [NaN, 1.5, 2 ** 31, '1'] },
  { types: ['long'], taken: [0, 2 ** 40, 2n ** 62n], refused: [null, NaN, 1.5, '1'] },
  { types: ['double', 'Double'], taken: [0, 1.5, NaN, Infinity], refused: [1n, '1'] },
  { types: ['Map'], taken: [null, {}, new Map([[1, 2]]), typedMap, typedMapOfNumbers], refused: [[], new Date(0), new Uint8Array(1), bean, 1, 'x'] },
  { types: ['a.B'], taken: [null, bean], refused: [[], {}, new Map(), new Date(0), new Uint8Array(1), 1, 'x'] },
  { types: ['List'], taken: [null, []], refused: [{}, bean, new Uint8Array(1)] },
]

for (const { types, taken, refused } of cases)
  for (const type of types)
    test(`what arrives for a ${type} is what TypeScript was told, or is refused`, () => {
      for (const value of taken) assert.ok(accepts(type, value), inspect(value))
      for (const value of refused) assert.ok(!accepts(type, value), inspect(value))
    })
