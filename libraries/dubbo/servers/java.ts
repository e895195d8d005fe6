import { spawnSync } from 'node:child_process'

/** Compiles a folder that has a pom.xml, and brings its jars: for ZooKeeper and the peer 14 s and 69 MB the first time. Needs JDK 17 and Maven. */
export function buildJava(folder: string): void {
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=target/lib']
  // Offline is several seconds quicker, where everything was fetched before.
  for (const mode of [['-o'], []]) {
    const { status, error } = spawnSync('mvn', ['-B', '-q', ...mode, ...goals], { cwd: folder, stdio: ['ignore', mode.length > 0 ? 'ignore' : 2, 2] })
    if (error !== undefined) throw new Error('Maven (mvn) was not found; it is needed here, and a JDK 17', { cause: error })
    if (status === 0) return
  }
  throw new Error(`${folder} could not be built; Maven says above why`)
}
