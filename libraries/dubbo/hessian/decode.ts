import { createTables, type ObjectShape } from './tables.ts'
import { readUnits } from './text.ts'
import { defaultLimits, HessianError, JavaObject, type HessianLimits, type HessianValue } from './values.ts'

/**
 * Reads Hessian 2 values one after another from one body. Whatever the bytes are, a read either gives a value or throws
 * HessianError; time and memory grow with the bytes, and `limits` bound both.
 */
export interface HessianDecoder {
  value(): HessianValue
  /** A value that must be a string; `what` names it in the error. */
  text(what: string): string
  readonly isAtEnd: boolean
}

const msPerMinute = 60_000

export function createDecoder(bytes: Buffer, limits: HessianLimits = defaultLimits): HessianDecoder {
  const tables = createTables(refuse)
  let at = 0
  let depth = 0
  let valueCount = 0

  function refuse(what: string): never {
    throw new HessianError(`${what} (at byte ${at} of ${bytes.length})`)
  }

  function take(count: number): number {
    const start = at
    if (count > bytes.length - start) refuse('the bytes end within a value')
    at += count
    return start
  }

  const byte = () => bytes[take(1)] as number
  const int16 = () => bytes.readUInt16BE(take(2))
  const int32 = () => bytes.readInt32BE(take(4))

  function long64(): number | bigint {
    const value = bytes.readBigInt64BE(take(8))
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }

  function date(ms: number | bigint): Date {
    const value = new Date(Number(ms))
    return Number.isNaN(value.getTime()) ? refuse('a date beyond what JavaScript knows') : value
  }

  function units(count: number): string {
    const { text, end } = readUnits(bytes, at, count)
    if (end < 0) refuse('a string that is cut short or no UTF-8')
    at = end
    return text
  }

  /** A string, given its tag; undefined if the tag begins none. */
  function textOf(tag: number): string | undefined {
    if (tag <= 0x1f) return units(tag)
    if (tag >= 0x30 && tag <= 0x33) return units(((tag - 0x30) << 8) + byte())
    if (tag === 0x53) return units(int16())
    if (tag !== 0x52) return undefined
    const chunks = [units(int16())]
    for (let next = byte(); ; next = byte()) {
      if (next === 0x52) chunks.push(units(int16()))
      else return chunks.join('') + (textOf(next) ?? refuse('a string without its last chunk'))
    }
  }

  function readText(what: string): string {
    return textOf(byte()) ?? refuse(`${what} is no string`)
  }

  function binaryOf(tag: number): Uint8Array<ArrayBuffer> | undefined {
    const copy = (count: number) => new Uint8Array(bytes.subarray(take(count), at))
    if (tag >= 0x20 && tag <= 0x2f) return copy(tag - 0x20)
    if (tag >= 0x34 && tag <= 0x37) return copy(((tag - 0x34) << 8) + byte())
    if (tag === 0x42) return copy(int16())
    if (tag !== 0x41) return undefined
    const chunks = [copy(int16())]
    for (let next = byte(); ; next = byte()) {
      if (next === 0x41) chunks.push(copy(int16()))
      else {
        chunks.push(binaryOf(next) ?? refuse('binary data without its last chunk'))
        return new Uint8Array(Buffer.concat(chunks))
      }
    }
  }

  /** An `int`, given its tag; undefined if the tag begins none. */
  function intOf(tag: number): number | undefined {
    if (tag >= 0x80 && tag <= 0xbf) return tag - 0x90
    if (tag >= 0xc0 && tag <= 0xcf) return ((tag - 0xc8) << 8) + byte()
    if (tag >= 0xd0 && tag <= 0xd7) return ((tag - 0xd4) << 16) + int16()
    return tag === 0x49 ? int32() : undefined
  }

  function longOf(tag: number): number | bigint | undefined {
    if (tag >= 0xd8 && tag <= 0xef) return tag - 0xe0
    if (tag >= 0xf0) return ((tag - 0xf8) << 8) + byte()
    if (tag >= 0x38 && tag <= 0x3f) return ((tag - 0x3c) << 16) + int16()
    if (tag === 0x59) return int32()
    return tag === 0x4c ? long64() : undefined
  }

  /** A count; every counted thing takes a byte at least. */
  function readCount(what: string): number {
    const value = intOf(byte()) ?? refuse(`the number of ${what} is no int`)
    return value >= 0 && value <= bytes.length - at ? value : refuse(`${value} ${what} where ${bytes.length - at} bytes are left`)
  }

  function skipType(): void {
    const tag = byte()
    if (textOf(tag) === undefined) tables.knownType(intOf(tag))
    else tables.addType()
  }

  function readList(length: number | undefined): HessianValue[] {
    const items: HessianValue[] = []
    tables.addReference(items)
    if (length === undefined) while (!endsHere()) items.push(readValue())
    else for (let index = 0; index < length; index++) items.push(readValue())
    return items
  }

  function endsHere(): boolean {
    if (bytes[at] !== 0x5a) return false
    at++
    return true
  }

  /** An object while all keys are strings, else a Map. */
  function readMap(): HessianValue {
    const object: { [key: string]: HessianValue } = {}
    const reference = tables.addReference(object)
    let mixed: Map<HessianValue, HessianValue> | undefined
    while (!endsHere()) {
      const key = readValue()
      if (mixed === undefined && typeof key !== 'string') {
        mixed = new Map(Object.entries(object))
        tables.replaceReference(reference, mixed)
      }
      if (mixed !== undefined) mixed.set(key, readValue())
      else defineField(object, key as string, readValue())
    }
    return mixed ?? object
  }

  function classDefinition(): void {
    const className = readText('the name of a class')
    const fields: string[] = []
    const length = readCount('fields')
    for (let index = 0; index < length; index++) fields.push(readText('the name of a field'))
    tables.addClass({ className, fields })
  }

  function readObject({ className, fields }: ObjectShape): JavaObject {
    const values: { [name: string]: HessianValue } = {}
    const made = new JavaObject(className, values)
    tables.addReference(made)
    for (const name of fields) defineField(values, name, readValue())
    return made
  }

  function containerOf(tag: number): HessianValue {
    if (tag >= 0x60 && tag <= 0x6f) return readObject(tables.classAt(tag - 0x60))
    if (tag >= 0x70 && tag <= 0x77) return typed(() => readList(tag - 0x70))
    if (tag >= 0x78 && tag <= 0x7f) return readList(tag - 0x78)
    switch (tag) {
      case 0x48:
        return readMap()
      case 0x4d:
        return typed(readMap)
      case 0x4f:
        return readObject(tables.classAt(intOf(byte()) ?? -1))
      case 0x55:
        return typed(() => readList(undefined))
      case 0x56:
        return typed(() => readList(readCount('items')))
      case 0x57:
        return readList(undefined)
      case 0x58:
        return readList(readCount('items'))
      default:
        return refuse(`the byte 0x${tag.toString(16)} begins no value`)
    }
  }

  /** The type's name is read and forgotten: a list is a list, a map is a map. */
  function typed(read: () => HessianValue): HessianValue {
    skipType()
    return read()
  }

  function scalarOf(tag: number): HessianValue | undefined {
    switch (tag) {
      case 0x44:
        return bytes.readDoubleBE(take(8))
      case 0x46:
        return false
      case 0x4a:
        return date(long64())
      case 0x4b:
        return date(int32() * msPerMinute)
      case 0x4e:
        return null
      case 0x51:
        return tables.referenceAt(intOf(byte()) ?? -1)
      case 0x54:
        return true
      case 0x5b:
        return 0
      case 0x5c:
        return 1
      case 0x5d:
        return bytes.readInt8(take(1))
      case 0x5e:
        return bytes.readInt16BE(take(2))
      case 0x5f:
        // The draft says a 32-bit float here; what Java writes and reads are thousandths.
        return int32() * 0.001
      default:
        return undefined
    }
  }

  function readValue(): HessianValue {
    if (++valueCount > limits.maxValues) refuse(`more than ${limits.maxValues} values`)
    let tag = byte()
    for (; tag === 0x43; tag = byte()) classDefinition()
    const simple = intOf(tag) ?? longOf(tag) ?? textOf(tag) ?? binaryOf(tag) ?? scalarOf(tag)
    if (simple !== undefined) return simple
    if (++depth > limits.maxDepth) refuse(`values are nested more than ${limits.maxDepth} deep`)
    const container = containerOf(tag)
    depth--
    return container
  }

  return {
    value: readValue,
    text: readText,
    get isAtEnd() {
      return at === bytes.length
    },
  }
}

/** A key may be `__proto__`, which must not be assigned. */
function defineField(fields: { [name: string]: HessianValue }, name: string, value: HessianValue): void {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true })
  else fields[name] = value
}
