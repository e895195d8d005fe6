import { HessianError, JavaObject, type HessianEncoder, type HessianValue } from '../hessian/index.ts'

/** A Java type that a parameter or a result may have, and how it looks in TypeScript. */
interface TypeScriptOf {
  String: string | null
  int: number
  long: number | bigint
  double: number
  boolean: boolean
  Integer: number | null
  Long: number | bigint | null
  Double: number | null
  Boolean: boolean | null
  'byte[]': Uint8Array | null
  Date: Date | null
  List: readonly HessianValue[] | null
  Map: { readonly [key: string]: HessianValue } | ReadonlyMap<HessianValue, HessianValue> | null
  Object: HessianValue
}

type KnownType = keyof TypeScriptOf
/** A type of the table, or the full name of a class: `com.example.User`, a JavaObject in TypeScript. */
export type JavaType = KnownType | `${string}.${string}`
type ValueOf<Type extends JavaType> = Type extends KnownType ? TypeScriptOf[Type] : JavaObject | null
type ValuesOf<Types extends readonly JavaType[]> = { readonly [Index in keyof Types]: ValueOf<Types[Index]> }

export interface PlainMethod {
  readonly parameters: readonly JavaType[]
  readonly result: JavaType | 'void'
  /** The same call twice does no harm: it may be tried again when its fate is unknown. */
  readonly idempotent?: boolean
}

/** A Java interface as TypeScript sees it: what generated code is for Triple, this value is for `dubbo://`. */
export interface PlainInterface {
  /** With its package: `com.example.UserService`. */
  readonly name: string
  /** By their Java names. Overloads are not supported. */
  readonly methods: { readonly [method: string]: PlainMethod }
}

export type ArgumentsOf<Method extends PlainMethod> = ValuesOf<Method['parameters']>
export type ResultOf<Method extends PlainMethod> = Method['result'] extends JavaType ? ValueOf<Method['result']> : undefined

/** Keeps the literal types, so that calls are checked against what is declared here. */
export function plainInterface<const Interface extends PlainInterface>(declared: Interface): Interface {
  return declared
}

interface JavaTypeFacts {
  /** As the virtual machine writes the type in a method's descriptor. */
  readonly descriptor: string
  write(encoder: HessianEncoder, value: HessianValue): void
  /** Whether a value that arrived is one of this type. */
  accepts(value: HessianValue): boolean
}

const isNumber = (value: HessianValue) => typeof value === 'number'
const isInt = (value: HessianValue) => typeof value === 'number' && value === (value | 0)
const isWhole = (value: HessianValue) => typeof value === 'bigint' || Number.isSafeInteger(value)
const isBoolean = (value: HessianValue) => typeof value === 'boolean'
const isMap = (value: HessianValue) =>
  value instanceof Map || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
const orNull = (isOne: (value: HessianValue) => boolean) => (value: HessianValue) => value === null || isOne(value)
const writeAny = (encoder: HessianEncoder, value: HessianValue) => encoder.value(value)

function writeNumber(method: 'int' | 'long' | 'double') {
  return (encoder: HessianEncoder, value: HessianValue): void => {
    if (value === null) return encoder.value(null)
    if (typeof value !== 'number' && !(typeof value === 'bigint' && method === 'long'))
      throw new HessianError(`a ${typeof value} is given for a Java ${method}`)
    encoder[method](value as number)
  }
}

const factsByType: { readonly [Type in KnownType]: JavaTypeFacts } = {
  String: { descriptor: 'Ljava/lang/String;', write: writeAny, accepts: orNull((value) => typeof value === 'string') },
  int: { descriptor: 'I', write: writeNumber('int'), accepts: isInt },
  long: { descriptor: 'J', write: writeNumber('long'), accepts: isWhole },
  double: { descriptor: 'D', write: writeNumber('double'), accepts: isNumber },
  boolean: { descriptor: 'Z', write: writeAny, accepts: isBoolean },
  Integer: { descriptor: 'Ljava/lang/Integer;', write: writeNumber('int'), accepts: orNull(isInt) },
  Long: { descriptor: 'Ljava/lang/Long;', write: writeNumber('long'), accepts: orNull(isWhole) },
  Double: { descriptor: 'Ljava/lang/Double;', write: writeNumber('double'), accepts: orNull(isNumber) },
  Boolean: { descriptor: 'Ljava/lang/Boolean;', write: writeAny, accepts: orNull(isBoolean) },
  'byte[]': { descriptor: '[B', write: writeAny, accepts: orNull((value) => value instanceof Uint8Array) },
  Date: { descriptor: 'Ljava/util/Date;', write: writeAny, accepts: orNull((value) => value instanceof Date) },
  List: { descriptor: 'Ljava/util/List;', write: writeAny, accepts: orNull(Array.isArray) },
  Map: { descriptor: 'Ljava/util/Map;', write: writeAny, accepts: orNull(isMap) },
  Object: { descriptor: 'Ljava/lang/Object;', write: writeAny, accepts: () => true },
}

function factsOf(type: JavaType): JavaTypeFacts {
  const known = (factsByType as { readonly [type: string]: JavaTypeFacts })[type]
  return known ?? { descriptor: `L${type.replaceAll('.', '/')};`, write: writeAny, accepts: orNull((value) => value instanceof JavaObject) }
}

/** `JLjava/util/Map;` for (long, Map). */
export function descriptorOf({ parameters }: PlainMethod): string {
  return parameters.map((type) => factsOf(type).descriptor).join('')
}

/** Writes each argument as the Java type it is declared as: a whole number becomes a `long` where a `long` is wanted. */
export function writeArguments(encoder: HessianEncoder, { parameters }: PlainMethod, values: readonly HessianValue[]): void {
  if (values.length !== parameters.length) throw new HessianError(`${values.length} arguments are given where ${parameters.length} are declared`)
  for (const [index, type] of parameters.entries()) factsOf(type).write(encoder, values[index] ?? null)
}

/** A result, in the form of its declared type. */
export function writeResult(encoder: HessianEncoder, { result }: PlainMethod, value: HessianValue): void {
  if (result === 'void') encoder.value(null)
  else factsOf(result).write(encoder, value)
}

export function accepts(type: JavaType | 'void', value: HessianValue): boolean {
  return type === 'void' || factsOf(type).accepts(value)
}
