import fc from 'fast-check'
import { createDecoder } from './decode.ts'
import { createEncoder } from './encode.ts'
import { JavaObject, type HessianLimits, type HessianValue } from './values.ts'

export function encoded(value: HessianValue): Buffer {
  const encoder = createEncoder()
  encoder.value(value)
  return encoder.finish()
}

export const decoded = (bytes: Buffer, limits?: HessianLimits): HessianValue => createDecoder(bytes, limits).value()

/** Any text that UTF-16 can hold: emoji, lone surrogates, nothing, and more than one chunk of it. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
  fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), fc.integer({ min: 500, max: 20_000 })).map(([text, times]) => text.repeat(times)),
)

const longBeyondNumbers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((value) => !Number.isSafeInteger(Number(value)))
const keys = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', '', '0'), fc.string())
const bytes = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 32_760, maxLength: 32_780 }), fc.constant(new Uint8Array(70_000)))
const dates = fc.oneof(
  fc.date({ noInvalidDate: true }),
  fc.integer({ min: -1e8, max: 1e8 }).map((minutes) => new Date(minutes * 60_000)),
)

function objectFrom(entries: readonly (readonly [string, HessianValue])[]): { readonly [key: string]: HessianValue } {
  return Object.fromEntries(entries)
}

/** Values that come back as they went: no bigint that is a safe number, no wrapper, no Map whose keys are all strings. */
export const values: fc.Arbitrary<HessianValue> = fc.letrec<{ value: HessianValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.maxSafeInteger(), fc.double(), longBeyondNumbers, dates),
    texts,
    bytes,
    fc.array(tie('value'), { maxLength: 12 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 8 }).map(objectFrom),
    fc.array(fc.tuple(fc.integer(), tie('value')), { minLength: 1, maxLength: 5 }).map((entries): HessianValue => new Map(entries)),
    fc
      .tuple(fc.constantFrom('com.example.User', 'java.lang.RuntimeException'), fc.array(fc.tuple(keys, tie('value')), { maxLength: 5 }))
      .map(([name, fields]) => new JavaObject(name, objectFrom(fields))),
  ),
})).value
