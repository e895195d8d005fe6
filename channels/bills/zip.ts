/** Reads the files of a zip archive. Only what a bill needs: stored or deflated files, no encryption, no zip64. */
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'

const inflate = promisify(inflateRaw)

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50
const endBytes = 22
const entryBytes = 46
const localBytes = 30
const maxEntries = 16

/**
 * The contents of an archive's files. Rejects if it is no archive, if one of its files is damaged, or if they are more
 * than `maxBytes` together, whatever the archive says they are: a few KB can unfold to gigabytes.
 */
export async function unzip(archive: Buffer, maxBytes: number): Promise<Buffer[]> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || archive.length < end + endBytes || archive.readUInt32LE(end) !== endSignature) throw new Error('it is no zip archive')
  const count = archive.readUInt16LE(end + 10)
  if (count > maxEntries) throw new Error('it has too many files')
  const files: Buffer[] = []
  let at = archive.readUInt32LE(end + 16)
  let bytesLeft = maxBytes
  for (let index = 0; index < count; index++) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('its directory is damaged')
    const file = await contentOf(archive, at, bytesLeft)
    bytesLeft -= file.length
    files.push(file)
    at += entryBytes + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return files
}

async function contentOf(archive: Buffer, entryAt: number, maxBytes: number): Promise<Buffer> {
  const isEncrypted = (archive.readUInt16LE(entryAt + 8) & 1) === 1
  const method = archive.readUInt16LE(entryAt + 10)
  const packedBytes = archive.readUInt32LE(entryAt + 20)
  const localAt = archive.readUInt32LE(entryAt + 42)
  if (isEncrypted || archive.readUInt32LE(localAt) !== localSignature) throw new Error('one of its files is encrypted or damaged')
  const start = localAt + localBytes + archive.readUInt16LE(localAt + 26) + archive.readUInt16LE(localAt + 28)
  const packed = archive.subarray(start, start + packedBytes)
  const content = method === 8 ? await inflate(packed, { maxOutputLength: Math.max(1, maxBytes) }) : packed
  if ((method !== 0 && method !== 8) || content.length > maxBytes) throw new Error('one of its files is too large, or packed in an unknown way')
  if (crc32(content) !== archive.readUInt32LE(entryAt + 16)) throw new Error('one of its files is damaged')
  return content
}
