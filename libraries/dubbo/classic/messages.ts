import type { Attachments } from '../call.ts'
import { createDecoder, createEncoder, HessianError, JavaObject, type HessianEncoder, type HessianLimits, type HessianValue } from '../hessian/index.ts'
import { completeFrame, headBytes, statuses } from './frames.ts'

/** What both sides say they speak: the number stands for the wire format, and has not moved since Dubbo 2.0.2. */
const dubboVersion = '2.0.2'

export interface CallHead {
  /** The path of the provider's URL: the interface, as a rule. */
  readonly path: string
  /** Of the service; Java writes 0.0.0 where there is none. */
  readonly version: string
  readonly method: string
  /** Parameter types as the virtual machine writes them: `JLjava/util/Map;`. */
  readonly descriptor: string
}

export interface CallMessage extends CallHead {
  readonly arguments: readonly HessianValue[]
  readonly attachments: Attachments
}

/** What an answer says, once its frame's status is `ok`. */
export type AnswerMessage =
  | { readonly kind: 'value'; readonly value: HessianValue; readonly attachments: Attachments }
  | { readonly kind: 'exception'; readonly exception: HessianValue; readonly attachments: Attachments }

/** The first value of an answer: what follows it. */
const answerKinds = { exception: 0, value: 1, null: 2, exceptionWithAttachments: 3, valueWithAttachments: 4, nullWithAttachments: 5 } as const

export function encodeCall(id: bigint, head: CallHead, writeArguments: (encoder: HessianEncoder) => void, attachments: Attachments): Buffer {
  const encoder = createEncoder(headBytes)
  encoder.text(dubboVersion)
  encoder.text(head.path)
  encoder.text(head.version)
  encoder.text(head.method)
  encoder.text(head.descriptor)
  writeArguments(encoder)
  encoder.value(attachments)
  return completeFrame(encoder.finish(), { isRequest: true, isTwoWay: true, isEvent: false, status: 0, id })
}

/** Throws HessianError. */
export function decodeCall(body: Buffer, limits?: HessianLimits): CallMessage {
  const decoder = createDecoder(body, limits)
  decoder.text('the Dubbo version')
  const path = decoder.text('the path')
  const version = decoder.text('the version')
  const method = decoder.text('the method')
  const descriptor = decoder.text('the parameter types')
  const parameters = countParameters(descriptor)
  return { path, version, method, descriptor, arguments: Array.from({ length: parameters }, () => decoder.value()), attachments: textsOf(decoder.value()) }
}

export function encodeValue(id: bigint, writeValue: (encoder: HessianEncoder) => void, attachments: Attachments): Buffer {
  return encodeAnswer(id, answerKinds.valueWithAttachments, writeValue, attachments)
}

/** A `java.lang.Throwable` has its text in this field. */
export function encodeException(id: bigint, className: string, message: string, attachments: Attachments): Buffer {
  const exception = new JavaObject(className, { detailMessage: message })
  return encodeAnswer(id, answerKinds.exceptionWithAttachments, (encoder) => encoder.value(exception), attachments)
}

function encodeAnswer(id: bigint, kind: number, writeValue: (encoder: HessianEncoder) => void, attachments: Attachments): Buffer {
  const encoder = createEncoder(headBytes)
  encoder.int(kind)
  writeValue(encoder)
  encoder.value({ dubbo: dubboVersion, ...attachments })
  return completeFrame(encoder.finish(), { isRequest: false, isTwoWay: false, isEvent: false, status: statuses.ok, id })
}

/** An answer that is no result of the method: the body is one text. */
export function encodeFailure(id: bigint, status: number, message: string): Buffer {
  const encoder = createEncoder(headBytes)
  encoder.text(message)
  return completeFrame(encoder.finish(), { isRequest: false, isTwoWay: false, isEvent: false, status, id })
}

/** Throws HessianError. */
export function decodeAnswer(body: Buffer, limits?: HessianLimits): AnswerMessage {
  const decoder = createDecoder(body, limits)
  const kind = decoder.value()
  const hasValue = kind !== answerKinds.null && kind !== answerKinds.nullWithAttachments
  const value = hasValue ? decoder.value() : null
  const hasAttachments = typeof kind === 'number' && kind >= answerKinds.exceptionWithAttachments
  const attachments = hasAttachments && !decoder.isAtEnd ? textsOf(decoder.value()) : {}
  switch (kind) {
    case answerKinds.exception:
    case answerKinds.exceptionWithAttachments:
      return { kind: 'exception', exception: value, attachments }
    case answerKinds.value:
    case answerKinds.valueWithAttachments:
    case answerKinds.null:
    case answerKinds.nullWithAttachments:
      return { kind: 'value', value, attachments }
    default:
      throw new HessianError('the answer is none of the six kinds')
  }
}

/** The text of an answer whose status is not `ok`. Never throws. */
export function decodeFailure(body: Buffer): string {
  try {
    return createDecoder(body).text('the reason')
  } catch (error) {
    if (error instanceof HessianError) return ''
    throw error
  }
}

/** Class and text of an exception that arrived. */
export function describeException(exception: HessianValue): { readonly name: string; readonly message: string } {
  if (!(exception instanceof JavaObject)) return { name: 'java.lang.Throwable', message: typeof exception === 'string' ? exception : '' }
  const { detailMessage } = exception.fields
  return { name: exception.className, message: typeof detailMessage === 'string' ? detailMessage : '' }
}

function textsOf(value: HessianValue): Attachments {
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return {}
  const texts = Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text] as const] : []))
  return Object.fromEntries(texts)
}

/** One parameter: any number of `[`, then a primitive's letter or `L…;`. */
const parameterPattern = /\[*(?:[BCDFIJSZ]|L[^;[]+;)/y

function countParameters(descriptor: string): number {
  let parameters = 0
  for (let at = 0; at < descriptor.length; parameters++) {
    parameterPattern.lastIndex = at
    if (!parameterPattern.test(descriptor)) throw new HessianError('the parameter types are no Java descriptor')
    at = parameterPattern.lastIndex
  }
  return parameters
}
