import { ByteWriter } from '../hessian/bytes.ts'

/**
 * The frame of `dubbo://`: two bytes of magic, flags with the serialization, a status, eight bytes of id, four of
 * length; then the body. Here are only bytes: no socket, no clock.
 */
export interface Frame {
  readonly isRequest: boolean
  /** The sender waits for an answer. */
  readonly isTwoWay: boolean
  /** A heartbeat or a read-only notice rather than a call. */
  readonly isEvent: boolean
  /** Of responses; see `statuses`. */
  readonly status: number
  /** Chosen by who asks, repeated by who answers. */
  readonly id: bigint
  readonly serialization: number
  readonly body: Buffer
}

export const headBytes = 16
const magic = 0xdabb
const requestFlag = 0x80
const twoWayFlag = 0x40
const eventFlag = 0x20
const serializationMask = 0x1f
export const hessian2 = 2

/** As Java's `Response` has them. */
export const statuses = {
  ok: 20,
  serverTimeout: 31,
  badRequest: 40,
  badResponse: 50,
  serviceNotFound: 60,
  serviceError: 70,
  serverError: 80,
  /** Java: "server thread pool exhausted". The call never began. */
  overloaded: 100,
} as const

/** The peer does not speak `dubbo://`, or exceeds a limit: the connection cannot go on. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export interface FrameHead {
  readonly isRequest: boolean
  readonly isTwoWay: boolean
  readonly isEvent: boolean
  readonly status: number
  readonly id: bigint
}

/** Writes the head into the first sixteen bytes, which the body was written behind. */
export function completeFrame(bytes: Buffer, { isRequest, isTwoWay, isEvent, status, id }: FrameHead): Buffer {
  bytes.writeUInt16BE(magic, 0)
  bytes[2] = (isRequest ? requestFlag : 0) | (isTwoWay ? twoWayFlag : 0) | (isEvent ? eventFlag : 0) | hessian2
  bytes[3] = status
  bytes.writeBigUInt64BE(id, 4)
  bytes.writeUInt32BE(bytes.length - headBytes, 12)
  return bytes
}

function eventFrame(body: string, head: Omit<FrameHead, 'isEvent'>): Buffer {
  return completeFrame(Buffer.concat([Buffer.alloc(headBytes), Buffer.from(body, 'latin1')]), { ...head, isEvent: true })
}

/** "Are you there?", answered by `heartbeatAnswer` with the same id. The body is a Hessian null. */
export const heartbeat = (id: bigint): Buffer => eventFrame('N', { isRequest: true, isTwoWay: true, status: 0, id })
export const heartbeatAnswer = (id: bigint): Buffer => eventFrame('N', { isRequest: false, isTwoWay: false, status: statuses.ok, id })

const readOnlyBody = '\x01R'
/** "Send me no more calls": what a provider says before it goes. The body is the Hessian string "R". */
export const readOnlyNotice = (id: bigint): Buffer => eventFrame(readOnlyBody, { isRequest: true, isTwoWay: false, status: 0, id })
export const isReadOnlyNotice = ({ isEvent, isRequest, body }: Frame): boolean => isEvent && isRequest && body.toString('latin1') === readOnlyBody

/** Cuts what arrives into frames. */
export interface FrameReader {
  /** The frames that are complete now. Throws FrameError; the reader is of no use afterwards. */
  push(chunk: Buffer): Frame[]
}

export function createFrameReader(maxBodyBytes: number): FrameReader {
  /** What has come of a frame that is not whole: in one piece, so that it costs no more than its size however small the chunks are. */
  let begun: ByteWriter | undefined

  return {
    push: (chunk) => {
      begun?.raw(chunk)
      let bytes = begun?.finish() ?? chunk
      const frames: Frame[] = []
      for (let end = neededFor(bytes, maxBodyBytes); bytes.length >= end; end = neededFor(bytes, maxBodyBytes)) {
        frames.push(frameOf(bytes, end))
        bytes = bytes.subarray(end)
      }
      if (bytes.length === 0) begun = undefined
      else if (begun === undefined || frames.length > 0) {
        begun = new ByteWriter()
        begun.raw(bytes)
      }
      return frames
    },
  }
}

function neededFor(bytes: Buffer, maxBodyBytes: number): number {
  if (bytes.length < headBytes) return headBytes
  if (bytes.readUInt16BE(0) !== magic) throw new FrameError('the peer does not speak dubbo://')
  const length = bytes.readUInt32BE(12)
  if (length > maxBodyBytes) throw new FrameError(`a frame of ${length} bytes exceeds the limit of ${maxBodyBytes}`)
  return headBytes + length
}

function frameOf(bytes: Buffer, end: number): Frame {
  const flags = bytes.readUInt8(2)
  return {
    isRequest: (flags & requestFlag) !== 0,
    isTwoWay: (flags & twoWayFlag) !== 0,
    isEvent: (flags & eventFlag) !== 0,
    status: bytes.readUInt8(3),
    id: bytes.readBigUInt64BE(4),
    serialization: flags & serializationMask,
    body: bytes.subarray(headBytes, end),
  }
}
