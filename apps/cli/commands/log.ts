import type { ChainHead } from '@suanpan/log/chain'
import { defineCommand } from '../command.ts'
import { UsageError } from '../flags.ts'
import { walkLog, type LogFinding } from '../log-walk.ts'
import { adminTokenFlag, createShopClient, operatorToken, urlFlag } from '../shop-client.ts'
import { formatCount, type Terminal } from '../terminal.ts'

export const log = defineCommand({
  name: 'log',
  summary: 'check that nobody has changed the payment log',
  description: [
    'Every payment, refund and operator decision is one entry of the payment log, sealed by a hash over itself and the',
    'entry before. `log verify` reads the whole log over GET /admin/log, computes every hash anew on this machine, and',
    'names the first entry that does not fit. It prints the newest entry as <sequence>:<hash>: keep it somewhere else, and',
    'give it back with --known: only that shows a log that was cut off, or written anew with all its hashes.',
    'Exit code 0: unbroken, 1: not, 2: the shop was not reached.',
  ],
  flags: {
    url: urlFlag,
    token: adminTokenFlag,
    known: { kind: 'text', value: 'sequence:hash', help: 'an entry that was written down earlier, and has to be there still' },
    json: { kind: 'switch', help: 'print the result as JSON' },
  },
  operands: 'verify',
  examples: [
    ['npx suanpan log verify', 'check the log of the shop on this machine'],
    ['npx suanpan log verify --known 1042:9f86d081…', 'the same, and that entry 1042 is the one that was there last week'],
  ],
  async run({ url, token, known, json }, terminal, operands) {
    if (operands.length !== 1 || operands[0] !== 'verify') throw new UsageError('log knows one thing to do: npx suanpan log verify')
    const before = known === undefined ? undefined : readKnown(known)
    const shop = createShopClient(url)
    const adminToken = await operatorToken(shop, token)
    const finding = await walkLog(shop, adminToken, before, (entries) => terminal.progress(`${formatCount(entries)} entries checked …`))
    terminal.progress('')
    if (json) terminal.print(JSON.stringify(finding))
    else printFinding(finding, terminal)
    return finding.ok ? 0 : 1
  },
})

function readKnown(text: string): ChainHead {
  const [, sequence, hash] = /^([1-9]\d{0,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (sequence === undefined || hash === undefined)
    throw new UsageError(`--known is a sequence, a colon and 64 hex digits, as this command prints them, not "${text}"`)
  return { sequence: Number(sequence), hash }
}

function printFinding(finding: LogFinding, { print, paint }: Terminal): void {
  if (finding.ok) {
    print(paint('green', `The payment log is unbroken: ${formatCount(finding.entries)} entries.`))
    if (finding.entries > 0) print(`newest entry: ${finding.head.sequence}:${finding.head.hash}`)
    return
  }
  const [headline = '', ...details] = toldOf(finding)
  print(paint('red', headline))
  for (const line of details) print(`  ${line}`)
}

/** Only what was proven: entries that fit together may all have been written anew. */
function toldOf(finding: Extract<LogFinding, { ok: false }>): string[] {
  const { kind, sequence, because } = finding
  const before = formatCount(sequence - 1)
  switch (kind) {
    case 'written_anew':
      return ['The payment log was written anew.', because, 'Which of its entries are as they once were, nothing in it tells.']
    case 'cut_off':
      return [
        'The payment log was cut off at its end.',
        because,
        `The ${before} entries that are left fit together; that none of them was written anew is not shown by this.`,
      ]
    case 'chain_broken': {
      const { asKnown } = finding
      const proven = asKnown > 0 ? `, and those up to ${formatCount(asKnown)} are as they were when that one was written down` : ''
      return [
        `The payment log is broken at entry ${formatCount(sequence)}.`,
        because,
        `The ${before} entries before it fit together${proven}; nothing can be said of what comes after it.`,
      ]
    }
  }
}
