import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fenOfYuan, yuanText } from './money.ts'

test('yuan and fen, exactly', () => {
  const cases: readonly (readonly [text: string, fen: number | undefined])[] = [
    ['0', 0],
    ['0.01', 1],
    ['0.1', 10],
    ['1.15', 115],
    ['999999999.99', 99_999_999_999],
    ['', undefined],
    ['1.', undefined],
    ['.5', undefined],
    ['1.234', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1e3', undefined],
    ['1,000', undefined],
    [' 1', undefined],
    ['1000000000', undefined],
  ]
  for (const [text, fen] of cases) assert.equal(fenOfYuan(text), fen, text)
  assert.deepEqual([0, 1, 10, 115, -230, 99_999_999_999].map(yuanText), ['0.00', '0.01', '0.10', '1.15', '-2.30', '999999999.99'])
})
