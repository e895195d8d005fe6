import type { ByteWriter } from './bytes.ts'

/**
 * Java counts a string in UTF-16 units and writes each of them as UTF-8 of its own (CESU-8): a surrogate takes three
 * bytes, a pair six. What JavaScript and everybody else calls UTF-8 is therefore wrong for emoji.
 */

const maxBytesOfUnit = 3
const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff

/** Units in one chunk: the length has 16 bits, and Java reads chunks of up to 32,768. */
const maxChunkUnits = 0x7fff

export function writeText(writer: ByteWriter, text: string): void {
  let start = 0
  while (text.length - start > maxChunkUnits) {
    // A pair stays together: some readers decode chunk by chunk.
    const units = isHighSurrogate(text.charCodeAt(start + maxChunkUnits - 1)) ? maxChunkUnits - 1 : maxChunkUnits
    writer.tagged16(0x52, units)
    writeUnits(writer, text, start, start + units)
    start += units
  }
  const units = text.length - start
  if (units <= 31 && start === 0) writer.uint8(units)
  else if (units <= 1023 && start === 0) {
    writer.uint8(0x30 + (units >> 8))
    writer.uint8(units & 0xff)
  } else writer.tagged16(0x53, units)
  writeUnits(writer, text, start, text.length)
}

function writeUnits(writer: ByteWriter, text: string, start: number, end: number): void {
  writer.ensure((end - start) * maxBytesOfUnit)
  const { bytes } = writer
  let at = writer.length
  for (let index = start; index < end; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes[at++] = unit
    else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6)
      bytes[at++] = 0x80 | (unit & 0x3f)
    } else {
      bytes[at++] = 0xe0 | (unit >> 12)
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f)
      bytes[at++] = 0x80 | (unit & 0x3f)
    }
  }
  writer.length = at
}

/** Text that was read, and where it ended. `end` is -1 where the bytes are no such text. */
export interface ReadText {
  readonly text: string
  readonly end: number
}

/** Reads that many UTF-16 units. Four-byte UTF-8, which some writers use for a pair, counts as the two units it stands for. */
export function readUnits(bytes: Buffer, start: number, count: number): ReadText {
  if (count > bytes.length - start) return { text: '', end: -1 }
  const asciiEnd = start + count
  if (isAscii(bytes, start, asciiEnd)) return { text: bytes.toString('latin1', start, asciiEnd), end: asciiEnd }
  const units = Buffer.allocUnsafe(count * 2)
  let at = start
  let written = 0
  while (written < count * 2) {
    const width = widthOf(bytes[at])
    if (width === 0 || !hasContinuation(bytes, at + 1, at + width)) return { text: '', end: -1 }
    const point = pointAt(bytes, at, width)
    at += width
    if (point <= 0xffff) written = units.writeUInt16LE(point, written)
    else {
      if (point > 0x10ffff || written + 4 > units.length) return { text: '', end: -1 }
      written = units.writeUInt16LE(0xd800 + ((point - 0x10000) >> 10), written)
      written = units.writeUInt16LE(0xdc00 + ((point - 0x10000) & 0x3ff), written)
    }
  }
  return { text: units.toString('utf16le'), end: at }
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if ((bytes[index] as number) >= 0x80) return false
  return true
}

function widthOf(lead: number | undefined): 0 | 1 | 2 | 3 | 4 {
  if (lead === undefined) return 0
  if (lead < 0x80) return 1
  if (lead >= 0xc0 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  return lead >= 0xf0 && lead < 0xf8 ? 4 : 0
}

function hasContinuation(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (((bytes[index] ?? 0) & 0xc0) !== 0x80) return false
  return true
}

function pointAt(bytes: Buffer, at: number, width: 1 | 2 | 3 | 4): number {
  const lead = bytes[at] as number
  if (width === 1) return lead
  let point = lead & (0xff >> (width + 1))
  for (let index = at + 1; index < at + width; index++) point = point * 64 + ((bytes[index] as number) & 0x3f)
  return point
}
