import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

/** This folder, or the one above it that is there: what can be asked about a folder that is still to be made. */
export function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder))
}
