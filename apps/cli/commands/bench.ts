import { join } from 'node:path'
import { defineCommand } from '../command.ts'
import { runInOwnProcess } from '../own-process.ts'
import { repository } from '../program.ts'

export const bench = defineCommand({
  name: 'bench',
  summary: 'measure the shop against the limit of this machine',
  description: [
    'Compares, in one run with one client: a bare server that does one durable insert a request; this shop with orders',
    'spread over a thousand products and with all of them on one; the same on PostgreSQL, beside pgbench where that is',
    'installed; and notifications of payments, beside a bare server that verifies and writes them. Medians are told, and',
    'every part ends with the audit. It takes some minutes and wants the machine for itself. Exit code 0: measured, 1: the',
    'audit found a violation.',
  ],
  flags: {
    seconds: { kind: 'number', value: 'n', help: 'how long each measurement takes', minimum: 1, maximum: 3_600, fallback: 5 },
    rounds: { kind: 'number', value: 'n', help: 'how often everything is measured in turn', minimum: 1, maximum: 100, fallback: 3 },
    stored: {
      kind: 'number',
      value: 'n',
      help: 'also place so many orders first, and compare their cost with an empty shop',
      minimum: 0,
      maximum: 100_000_000,
      fallback: 0,
    },
    embedded: { kind: 'switch', help: 'leave PostgreSQL out' },
    only: { kind: 'text', value: 'part', help: 'only this part: orders, or notifications' },
  },
  examples: [
    ['npm run bench', 'everything'],
    ['npx suanpan bench --embedded --rounds 1 --seconds 3', 'a first impression in half a minute'],
    ['npx suanpan bench --embedded --stored 1000000', 'does a full shop cost more than an empty one?'],
  ],
  run: ({ seconds, rounds, stored, embedded, only }) =>
    runInOwnProcess(
      [
        join(repository, 'bench/main.ts'),
        `--seconds=${seconds}`,
        `--rounds=${rounds}`,
        `--stored=${stored}`,
        ...(embedded ? ['--embedded'] : []),
        ...(only === undefined ? [] : [`--only=${only}`]),
      ],
      repository,
    ),
})
