import { defineCommand } from '../command.ts'
import { repository, runNode } from '../run-node.ts'

const rooms = ['contracts', 'runtime', 'libraries', 'channels', 'services', 'audit', 'edge', 'hosting', 'sandbox', 'apps', 'sim', 'bench', 'tools']
/** Test files at the same time. More would fight over two cores, and some measure time. */
const concurrency = 2

export const test = defineCommand({
  name: 'test',
  summary: 'run the tests of this repository',
  description: [
    'Runs every *.test.ts, the simulator, and the crash test against the real program on SQLite and on a PostgreSQL server',
    'that the tests bring along. Nothing needs to be prepared; it takes a few minutes. Without files: all of them.',
  ],
  flags: {
    only: { kind: 'text', value: 'pattern', help: 'run only tests whose name matches' },
    coverage: { kind: 'switch', help: 'tell which lines no test ran' },
  },
  operands: '[files]',
  examples: [
    ['npx suanpan test', 'everything'],
    ['npx suanpan test services/order/*.test.ts --only "late taking"', 'one service, some tests'],
  ],
  async run({ only, coverage }, _terminal, files) {
    const parameters = [
      '--test',
      `--test-concurrency=${concurrency}`,
      ...(only === undefined ? [] : [`--test-name-pattern=${only}`]),
      ...(coverage ? ['--experimental-test-coverage'] : []),
      ...(files.length > 0 ? files : rooms.map((room) => `${room}/**/*.test.ts`)),
    ]
    // What a module ran is told exactly only of one that was compiled anew.
    const exactly = coverage ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}
    return runNode(parameters, files.length > 0 ? process.cwd() : repository, exactly)
  },
})
