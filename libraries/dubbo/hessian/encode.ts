import { ByteWriter } from './bytes.ts'
import { writeText } from './text.ts'
import { defaultLimits, HessianError, JavaDouble, JavaObject, type HessianValue } from './values.ts'

/** Writes Hessian 2 values one after another into one body, which shares its tables of references and classes. */
export interface HessianEncoder {
  /** Any value, in the form its JavaScript type suggests. Throws HessianError for what Hessian 2 cannot carry. */
  value(value: HessianValue): void
  /** For a Java `int`; throws HessianError beyond 32 bits. */
  int(value: number): void
  /** For a Java `long`; throws HessianError beyond 64 bits, and for a number that is not exact. */
  long(value: number | bigint): void
  double(value: number): void
  text(value: string): void
  /** What was written so far, after the reserved bytes. */
  finish(): Buffer
}

const minInt = -0x8000_0000
const maxInt = 0x7fff_ffff
const msPerMinute = 60_000
const maxBinaryChunk = 0x7fff

export function createEncoder(reservedBytes = 0): HessianEncoder {
  const writer = new ByteWriter(reservedBytes)
  const references = new Map<object, number>()
  const classes = new Map<string, number>()
  let depth = 0
  let valueCount = 0

  function count(): void {
    if (++valueCount > defaultLimits.maxValues) throw new HessianError(`more than ${defaultLimits.maxValues} values`)
  }

  /** Writes what is inside `container`, or a reference to it where it was written before. */
  function within(container: object, write: () => void): void {
    const known = references.get(container)
    if (known !== undefined) {
      writer.uint8(0x51)
      return writeInt(writer, known)
    }
    references.set(container, references.size)
    if (++depth > defaultLimits.maxDepth) throw new HessianError(`values are nested more than ${defaultLimits.maxDepth} deep`)
    write()
    depth--
  }

  function writeList(list: readonly HessianValue[]): void {
    if (list.length <= 7) writer.uint8(0x78 + list.length)
    else {
      writer.uint8(0x58)
      writeInt(writer, list.length)
    }
    for (const item of list) writeValue(item)
  }

  function writeEntries(entries: Iterable<readonly [HessianValue, HessianValue]>): void {
    writer.uint8(0x48)
    for (const [key, value] of entries) {
      writeValue(key)
      writeValue(value)
    }
    writer.uint8(0x5a)
  }

  function writeObject({ className, fields }: JavaObject): void {
    const names = Object.keys(fields)
    const shape = JSON.stringify([className, ...names])
    let index = classes.get(shape)
    if (index === undefined) {
      index = classes.size
      classes.set(shape, index)
      writer.uint8(0x43)
      writeText(writer, className)
      writeInt(writer, names.length)
      for (const name of names) writeText(writer, name)
    }
    if (index <= 15) writer.uint8(0x60 + index)
    else {
      writer.uint8(0x4f)
      writeInt(writer, index)
    }
    for (const name of names) writeValue(fields[name] ?? null)
  }

  function writeContainer(value: object): void {
    if (value instanceof Date) return writeDate(writer, value)
    if (value instanceof Uint8Array) return writeBinary(writer, value)
    if (value instanceof JavaDouble) return writeDouble(writer, value.value)
    if (value instanceof JavaObject) return within(value, () => writeObject(value))
    if (Array.isArray(value)) return within(value, () => writeList(value as HessianValue[]))
    if (value instanceof Map) return within(value, () => writeEntries(value as Map<HessianValue, HessianValue>))
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype !== null && prototype !== Object.prototype)
      throw new HessianError(`an instance of ${value.constructor.name} cannot be sent; give a plain object, or a JavaObject that names its Java class`)
    within(value, () => writeEntries(Object.entries(value as Record<string, HessianValue>)))
  }

  function writeValue(value: HessianValue): void {
    count()
    switch (typeof value) {
      case 'string':
        return writeText(writer, value)
      case 'number':
        return writeNumber(writer, value)
      case 'boolean':
        return writer.uint8(value ? 0x54 : 0x46)
      case 'bigint':
        return writeLong(writer, value)
      case 'object':
        return value === null ? writer.uint8(0x4e) : writeContainer(value)
      case 'undefined':
        return writer.uint8(0x4e)
      default:
        throw new HessianError(`a ${typeof value} cannot be sent`)
    }
  }

  function counted<Value>(write: (to: ByteWriter, value: Value) => void): (value: Value) => void {
    return (value) => {
      count()
      write(writer, value)
    }
  }

  return {
    value: writeValue,
    int: counted(writeInt),
    long: counted(writeLong),
    double: counted(writeDouble),
    text: (value) => writeText(writer, value),
    finish: () => writer.finish(),
  }
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return writeDouble(writer, value)
  if (value >= minInt && value <= maxInt) return writeInt(writer, value)
  writeLong(writer, value)
}

function writeInt(writer: ByteWriter, value: number): void {
  if (!Number.isInteger(value) || value < minInt || value > maxInt) throw new HessianError(`${value} is no Java int`)
  if (value >= -0x10 && value <= 0x2f) return writer.uint8(0x90 + value)
  if (value >= -0x800 && value <= 0x7ff) {
    writer.uint8(0xc8 + (value >> 8))
    return writer.uint8(value & 0xff)
  }
  if (value >= -0x4_0000 && value <= 0x3_ffff) return writer.tagged16(0xd4 + (value >> 16), value)
  writer.tagged32(0x49, value)
}

function writeLong(writer: ByteWriter, value: number | bigint): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new HessianError(`${value} is no exact Java long; give a bigint`)
  if (BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) throw new HessianError(`${value} does not fit a Java long`)
  if (value < minInt || value > maxInt) return writer.tagged64(0x4c, BigInt(value))
  const small = Number(value)
  if (small >= -0x08 && small <= 0x0f) return writer.uint8(0xe0 + small)
  if (small >= -0x800 && small <= 0x7ff) {
    writer.uint8(0xf8 + (small >> 8))
    return writer.uint8(small & 0xff)
  }
  if (small >= -0x4_0000 && small <= 0x3_ffff) return writer.tagged16(0x3c + (small >> 16), small)
  writer.tagged32(0x59, small)
}

function writeDouble(writer: ByteWriter, value: number): void {
  if (Object.is(value, 0)) return writer.uint8(0x5b)
  if (value === 1) return writer.uint8(0x5c)
  writer.taggedDouble(0x44, value)
}

function writeDate(writer: ByteWriter, value: Date): void {
  const at = value.getTime()
  if (Number.isNaN(at)) throw new HessianError('an invalid date cannot be sent')
  const minutes = at / msPerMinute
  if (Number.isInteger(minutes) && minutes >= minInt && minutes <= maxInt) return writer.tagged32(0x4b, minutes)
  writer.tagged64(0x4a, BigInt(at))
}

function writeBinary(writer: ByteWriter, value: Uint8Array): void {
  let rest = value
  while (rest.length > maxBinaryChunk) {
    writer.tagged16(0x41, maxBinaryChunk)
    writer.raw(rest.subarray(0, maxBinaryChunk))
    rest = rest.subarray(maxBinaryChunk)
  }
  // The short form begins a value; Java does not take it for the last of several chunks.
  if (rest.length <= 15 && rest === value) writer.uint8(0x20 + rest.length)
  else writer.tagged16(0x42, rest.length)
  writer.raw(rest)
}
