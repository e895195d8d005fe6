import { join } from 'node:path'
import { defineCommand } from '../command.ts'
import { runInOwnProcess } from '../own-process.ts'
import { repository } from '../program.ts'

export const benchCluster = defineCommand({
  name: 'bench-cluster',
  summary: 'measure the shop as a cluster on this machine',
  description: [
    'Places orders over HTTP, Dubbo, PostgreSQL and RocketMQ, in one run with one client, beside (a) the same with batches of',
    'one, (b) the broker alone: half message and commit, one order a message, eight in flight, and (c) the same shop in one',
    'process on PostgreSQL alone. Tells medians, ratios, what each process took of the processor per order, and whether other',
    'programs were in the way; every part ends with the audit. It needs what `cluster` needs, takes about two minutes a round,',
    'and wants the machine for itself. Exit code 0: measured, 1: the audit found a violation, or a process died.',
  ],
  flags: {
    seconds: { kind: 'number', value: 'n', help: 'how long each measurement takes', minimum: 1, maximum: 3_600, fallback: 5 },
    rounds: { kind: 'number', value: 'n', help: 'how often everything is measured in turn', minimum: 1, maximum: 100, fallback: 3 },
    port: { kind: 'number', value: 'PORT', help: 'the first of ninety that are used', minimum: 1_024, maximum: 65_400, fallback: 21_800 },
    json: { kind: 'switch', help: 'print one JSON object instead of a table' },
  },
  examples: [
    ['npm run bench:cluster', 'everything'],
    ['npx suanpan bench-cluster --rounds 1 --json', 'one round, for a program to read'],
  ],
  run: ({ seconds, rounds, port, json }) =>
    runInOwnProcess(
      [join(repository, 'bench/cluster/main.ts'), `--seconds=${seconds}`, `--rounds=${rounds}`, `--port=${port}`, ...(json ? ['--json'] : [])],
      repository,
    ),
})
