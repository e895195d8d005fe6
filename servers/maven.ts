import { spawnSync } from 'node:child_process'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Compiles a folder that has a pom.xml, and brings its jars into target/lib. Needs a JDK 17 and Maven, and the first time a network. */
export function buildWithMaven(folder: string): void {
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=target/lib']
  // Offline is several seconds quicker, where everything was fetched before.
  for (const mode of [['-o'], []]) {
    const parameters = ['-B', '-q', '-Dstyle.color=never', ...ownRepository(), ...mode, ...goals]
    const { status, error } = spawnSync('mvn', parameters, { cwd: folder, stdio: ['ignore', mode.length > 0 ? 'ignore' : 2, 2] })
    if (error !== undefined) throw new Error('Maven (mvn) was not found; it is needed here, and a JDK 17', { cause: error })
    if (status === 0) return
  }
  throw new Error(`${folder} could not be built; Maven says above why`)
}

/** Java does not heed HOME: for `nobody`, and in a container, its home is a folder that is not there, and Maven could keep nothing. */
function ownRepository(): string[] {
  return userInfo().homedir === homedir() ? [] : [`-Dmaven.repo.local=${join(homedir(), '.m2', 'repository')}`]
}
