import { setFlagsFromString } from 'node:v8'

/**
 * To be called before a program begins to serve. V8 gives objects a place among the old ones at once where many from that line of code lived long
 * before; a server that was busy for a second then makes its requests there. They die as young as ever, but until the next large collection
 * they keep all young ones alive that they know: in the HTTP thread, at 2,600 notifications a second, 7 MB were copied in 10 to 20 ms, twice a second,
 * instead of 0.1 in 2 (docs/EXPERIMENTS.md).
 */
export function stopPretenuring(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
