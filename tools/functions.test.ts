import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionLengths } from './functions.ts'

const code = `
export function outer(
  a: number,
): Result {
  if (a > 1) {
    return b
  }
  const inner = () => {
    go()
  }
  return {
    async method(x: string) {
      go()
    },
  }
}
for (const a of b) {
  go()
}
`

test('functions are measured by their own lines, whatever they nest', () => {
  const measured = functionLengths(code.split('\n').slice(1)).map(({ line, ownLines }) => [line, ownLines])
  assert.deepEqual(measured, [
    [7, 3],
    [11, 3],
    [3, 7],
  ])
})
