import type { Command } from '../command.ts'
import { audit } from './audit.ts'
import { bench } from './bench.ts'
import { benchCluster } from './bench-cluster.ts'
import { cluster } from './cluster.ts'
import { load } from './load.ts'
import { log } from './log.ts'
import { node } from './node.ts'
import { reconcile } from './reconcile.ts'
import { sandbox } from './sandbox.ts'
import { seed } from './seed.ts'
import { sim } from './sim.ts'
import { start } from './start.ts'
import { test } from './test.ts'
import { token } from './token.ts'

/** In the order in which a newcomer meets them. */
export const commands: readonly Command[] = [start, cluster, node, sandbox, token, seed, load, audit, log, reconcile, sim, test, bench, benchCluster]
