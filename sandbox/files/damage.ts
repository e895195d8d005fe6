import { gunzipSync, gzipSync } from 'node:zlib'
import type { ApiFault } from '../machine/index.ts'

/** A file as a fault wants it to arrive. What is packed by GZIP is changed inside: it unpacks, and is another one. */
export function damaged(file: Buffer, damage: ApiFault['file']): Buffer {
  switch (damage) {
    case undefined:
      return file
    case 'empty':
      return Buffer.alloc(0)
    case 'truncated':
      return file.subarray(0, file.length / 2)
    case 'changed':
      return file[0] === 0x1f && file[1] === 0x8b ? gzipSync(changed(gunzipSync(file))) : changed(file)
  }
}

function changed(file: Buffer): Buffer {
  const middle = file.length >> 1
  return Buffer.concat([file.subarray(0, middle), Buffer.from([(file[middle] ?? 0) ^ 1]), file.subarray(middle + 1)])
}
