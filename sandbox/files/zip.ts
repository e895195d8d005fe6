import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  /** As bytes: Alipay names its files in GBK. */
  readonly name: Buffer
  readonly content: Buffer
}

const localHeaderSignature = 0x04034b50
const directorySignature = 0x02014b50
const endSignature = 0x06054b50
const version = 20
const deflated = 8

/** Fields of 2 or 4 bytes, little-endian, one behind the other. */
function fields(...values: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes)
      field.writeUIntLE(value, 0, bytes)
      return field
    }),
  )
}

/** A ZIP file of a few small entries (PKWARE APPNOTE 6.3.10), without dates. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content } of entries) {
    const packed = deflateRawSync(content)
    // Flags, method, time, date, checksum, sizes, length of the name, no extra field.
    const shape = fields([2, 0], [2, deflated], [2, 0], [2, 0x21], [4, crc32(content)], [4, packed.length], [4, content.length], [2, name.length], [2, 0])
    parts.push(fields([4, localHeaderSignature], [2, version]), shape, name, packed)
    directory.push(fields([4, directorySignature], [2, version], [2, version]), shape, fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name)
    offset += 30 + name.length + packed.length
  }
  const listing = Buffer.concat(directory)
  const count = entries.length
  const end = fields([4, endSignature], [2, 0], [2, 0], [2, count], [2, count], [4, listing.length], [4, offset], [2, 0])
  return Buffer.concat([...parts, listing, end])
}
