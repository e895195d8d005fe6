import { StartRefused } from '../settings.ts'

/** The store cannot be used as it is, and mending it silently could lose data: the start is refused instead. */
export class StoreRefused extends StartRefused {
  override readonly name = 'StoreRefused'
}
