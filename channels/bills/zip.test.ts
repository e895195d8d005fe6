import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zipped } from '../testing/zip.ts'
import { unzip } from './zip.ts'

const name = Buffer.from('a.csv')
const text = Buffer.from('算盘'.repeat(100))

test('files come out of an archive as they went in', async () => {
  const files = await unzip(
    zipped([
      { name, content: text },
      { name: Buffer.from('b'), content: Buffer.from('stored'), isStored: true },
    ]),
    10_000,
  )
  assert.deepEqual(files, [text, Buffer.from('stored')])
})

test('what is no whole archive, or unfolds to too much, is refused', async () => {
  const archive = zipped([{ name, content: text }])
  const changed = (at: number, byte: number) => Buffer.from(archive.with(at, byte))
  const directoryAt = archive.indexOf('PK\x01\x02')
  const cases: [what: string, archive: Buffer, maxBytes: number][] = [
    ['empty', Buffer.alloc(0), 10_000],
    ['text', Buffer.from('<html>not found</html>'), 10_000],
    ['cut off', archive.subarray(0, -10), 10_000],
    ['a damaged file', changed(40, 0xff), 10_000],
    ['a wrong checksum', changed(directoryAt + 16, 0xff), 10_000],
    ['encrypted', changed(directoryAt + 8, 1), 10_000],
    ['an unknown packing', changed(directoryAt + 10, 12), 10_000],
    ['a directory elsewhere', changed(archive.length - 6, 0xff), 10_000],
    ['stored, and too long', zipped([{ name, content: text, isStored: true }]), 100],
    [
      'too long together',
      zipped([
        { name, content: text },
        { name, content: text },
      ]),
      text.length + 10,
    ],
    ['too many files', zipped(Array.from({ length: 17 }, () => ({ name, content: Buffer.from('a') }))), 10_000],
  ]
  for (const [what, damaged, maxBytes] of cases) await assert.rejects(unzip(damaged, maxBytes), what)
})

test('a bomb is not unfolded first and measured then', async () => {
  const bomb = zipped([{ name, content: Buffer.alloc(1_000_000) }])
  // It claims to be small.
  bomb.writeUInt32LE(10, bomb.indexOf('PK\x01\x02') + 24)
  await assert.rejects(unzip(bomb, 10_000), { code: 'ERR_BUFFER_TOO_LARGE' })
})
