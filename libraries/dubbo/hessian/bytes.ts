/** Bytes that grow as they are written. Numbers are big-endian. */
export class ByteWriter {
  bytes: Buffer
  length: number

  /** Leaves the first `reservedBytes` free, for a header that is known only later. */
  constructor(reservedBytes = 0) {
    this.bytes = Buffer.allocUnsafe(512)
    this.length = reservedBytes
  }

  /** Makes room for that many more bytes. */
  ensure(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  uint8(value: number): void {
    this.ensure(1)
    this.bytes[this.length++] = value
  }

  /** A tag, and the low 16 bits of a number. */
  tagged16(tag: number, value: number): void {
    this.ensure(3)
    this.bytes[this.length++] = tag
    this.bytes[this.length++] = value >> 8
    this.bytes[this.length++] = value
  }

  tagged32(tag: number, value: number): void {
    this.ensure(5)
    this.bytes[this.length++] = tag
    this.length = this.bytes.writeInt32BE(value, this.length)
  }

  tagged64(tag: number, value: bigint): void {
    this.ensure(9)
    this.bytes[this.length++] = tag
    this.length = this.bytes.writeBigInt64BE(value, this.length)
  }

  taggedDouble(tag: number, value: number): void {
    this.ensure(9)
    this.bytes[this.length++] = tag
    this.length = this.bytes.writeDoubleBE(value, this.length)
  }

  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  finish(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}
