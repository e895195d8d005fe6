import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fenOfYuan, yuanOfFen } from './yuan.ts'

test('yuan are read by their text, to the fen', () => {
  const cases: [text: string, fen: number | undefined][] = [
    ['0.29', 29],
    ['0.01', 1],
    ['88.88', 8_888],
    ['12.3', 1_230],
    ['12', 1_200],
    ['0.0', 0],
    ['99999999999.99', 9_999_999_999_999],
    ['0.001', undefined],
    ['1.000', undefined],
    ['-1.00', undefined],
    ['+1.00', undefined],
    ['1,000.00', undefined],
    ['.50', undefined],
    ['5.', undefined],
    ['1e2', undefined],
    ['0x10', undefined],
    [' 1.00', undefined],
    ['1.00\n', undefined],
    ['１.00', undefined],
    ['NaN', undefined],
    ['', undefined],
    ['999999999999.00', undefined],
  ]
  for (const [text, fen] of cases) assert.equal(fenOfYuan(text), fen, JSON.stringify(text))
})

test('what is written is read again', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 9_999_999_999_999 }), (fen) => fenOfYuan(yuanOfFen(fen)) === fen))
})
