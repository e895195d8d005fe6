import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from '../command.ts'
import { runInOwnProcess } from '../own-process.ts'
import { repository } from '../program.ts'

/** Every test file of every workspace: what stands in one cannot be forgotten here. */
function allTests(): string[] {
  const { workspaces } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { readonly workspaces: readonly string[] }
  return workspaces.map((workspace) => `${workspace}/**/*.test.ts`)
}

/**
 * What needs Java, ZooKeeper, RocketMQ and PostgreSQL, all of which it starts: the engines' promises and the faults of messages, the
 * cluster, and the examples with their Java peers. Everything else is run by the command of its own package, see docs/CLUSTER.md.
 */
const onTheCluster = ['engines/**/conformance.cluster.ts', 'engines/bus-rocketmq/faults.cluster.ts', 'apps/*/*.cluster.ts', 'examples/hello-*/*.cluster.ts']
/** Test files at the same time. Many wait; but more would fight over two cores, and some measure time. */
const concurrency = 3

/** A test that hangs fails, by its name: the longest take a minute and a half. */
const testWithinMs = 300_000
/** Whose process goes on nevertheless, is named as interrupted in the end: all take five minutes, and the cluster twenty. */
const allWithinMs = { here: 30 * 60_000, cluster: 90 * 60_000 }

export const test = defineCommand({
  name: 'test',
  summary: 'run the tests of this repository',
  description: [
    'Runs every *.test.ts, the simulator, and the crash test against the real program on SQLite and on a PostgreSQL server',
    'that the tests bring along. Nothing needs to be prepared; it takes a few minutes. Without files: all of them, but for',
    'those of the cluster, which --cluster runs.',
  ],
  flags: {
    only: { kind: 'text', value: 'pattern', help: 'run only tests whose name matches' },
    cluster: { kind: 'switch', help: 'run the tests of the cluster instead, one after the other; they need a JDK 17, Maven, and fifteen to twenty minutes' },
    coverage: { kind: 'switch', help: 'tell which lines no test ran' },
  },
  operands: '[files]',
  examples: [
    ['npx suanpan test', 'everything but the cluster'],
    ['npx suanpan test services/order/*.test.ts --only "late taking"', 'one service, some tests'],
  ],
  async run({ only, cluster, coverage }, _terminal, files) {
    const everything = cluster ? onTheCluster : allTests()
    const folder = files.length > 0 ? process.cwd() : repository
    const parameters = [
      '--test',
      `--test-concurrency=${cluster ? 1 : concurrency}`,
      `--test-timeout=${testWithinMs}`,
      ...(only === undefined ? [] : [`--test-name-pattern=${only}`]),
      ...(coverage ? ['--experimental-test-coverage'] : []),
      ...(files.length > 0 ? files : everything),
    ]
    // What a module ran is told exactly only of one that was compiled anew.
    const exactly = coverage ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}
    if (cluster) return runInOwnProcess(parameters, folder, { environment: exactly, withinMs: allWithinMs.cluster })
    if (files.length > 0) return runInOwnProcess(parameters, folder, { environment: exactly, withinMs: allWithinMs.here })
    // Thirty files would each start one of their own; where it cannot be started, they say why.
    const { startPostgres } = await import('@suanpan/servers/postgres')
    const server = await startPostgres().catch(() => undefined)
    const shared = server === undefined ? {} : { TEST_POSTGRES_URL: server.url('postgres') }
    try {
      return await runInOwnProcess(parameters, folder, { environment: { ...exactly, ...shared }, withinMs: allWithinMs.here })
    } finally {
      await server?.stop()
    }
  },
})
