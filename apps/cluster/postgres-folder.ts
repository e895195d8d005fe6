import { mayEnter } from '@suanpan/servers/postgres'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { nearestFolder } from './nearest-folder.ts'

/**
 * Where PostgreSQL keeps its data: in the data folder, unless root has that in a place that no other user may enter, as
 * its home is. PostgreSQL refuses to run as root; its data is then in /var/tmp, where it stays, too.
 */
export function postgresFolder(dataDir: string): string {
  if (mayEnter(nearestFolder(dataDir))) return join(dataDir, 'postgres')
  return join('/var/tmp', `suanpan-postgres-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`)
}
