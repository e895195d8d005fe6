import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCommand } from './testing/started-command.ts'

const refused: readonly (readonly [what: string, environment: Readonly<Record<string, string>>, says: RegExp])[] = [
  ['a shop that is no demo', { DEMO: '0', JWT_SECRET: 'x'.repeat(32) }, /^suanpan: DEMO is set, and the cluster would not heed it: it is a demo/m],
  ['likewise, without a secret', { DEMO: '0' }, /^suanpan: DEMO is set, and the cluster would not heed it/m],
  ['an address for everybody', { HOST: '0.0.0.0' }, /^suanpan: HOST is set, .*or set it to 127\.0\.0\.1/m],
  ['any free port', { PORT: '0' }, /^suanpan: PORT 0 is none that a cluster can have/m],
]
for (const [what, environment, says] of refused) {
  test(`npm run cluster is refused before it starts anything: ${what}`, async () => {
    const { exitCode, said } = await startCommand('cluster', environment).ended
    assert.match(said, says)
    assert.doesNotMatch(said, /starting/)
    assert.equal(exitCode, 2)
  })
}
