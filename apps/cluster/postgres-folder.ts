import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The user that PostgreSQL runs as where this process is root's. */
const nobody = 65_534

/**
 * Where PostgreSQL keeps its data: in the data folder, unless root has that in a place that no other user may enter, as
 * its home is. PostgreSQL refuses to run as root; its data is then in /var/tmp, where it stays, too.
 */
export function postgresFolder(dataDir: string): string {
  if (process.getuid?.() !== 0 || mayEnter(nearestFolder(dataDir))) return join(dataDir, 'postgres')
  return join('/var/tmp', `suanpan-postgres-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`)
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder))
}

function mayEnter(folder: string): boolean {
  return spawnSync('sh', ['-c', 'cd "$0"', folder], { uid: nobody, gid: nobody, cwd: '/' }).status === 0
}
