import type { SandboxNews } from '@suanpan/sandbox'
import { defineCommand } from '../command.ts'
import { stopInTime, untilStopped } from '../until-stopped.ts'

export const sandbox = defineCommand({
  name: 'sandbox',
  summary: 'run Alipay and WeChat Pay, simulated, for a shop on this machine',
  description: [
    'Plays both payment platforms in their real, signed protocols until Ctrl-C: with pages to pay on, a phone that scans',
    'codes, notifications that are retried as the platforms do, bills, and faults on demand. It listens on loopback only,',
    'and refuses to start beside live settings (DEMO=0, or any ALIPAY_… or WECHAT_…). Keys are made at the first start;',
    'credentials.json in its folder is what a shop needs. Each flag is also an environment variable, named in <>.',
  ],
  flags: {
    'sandbox-port': { kind: 'text', value: 'SANDBOX_PORT', help: 'where it listens; 0: any free port (default: PORT + 1, which is 3001)' },
    'data-dir': { kind: 'text', value: 'DATA_DIR', help: 'the folder in which its own folder "sandbox" is (default ./data)' },
    'log-level': { kind: 'text', value: 'LOG_LEVEL', help: 'how much is logged: silent, error, warn, info, debug (default info)' },
  },
  examples: [
    ['npx suanpan sandbox', 'on http://127.0.0.1:3001, whose front page shows what it can do'],
    ['npx suanpan sandbox --sandbox-port 4001 --data-dir ./other', 'a second one'],
  ],
  async run(given, terminal) {
    // Not before it is needed: other commands start without it.
    const { readSandboxConfiguration, startSandbox } = await import('@suanpan/sandbox')
    const flagged = { SANDBOX_PORT: given['sandbox-port'], DATA_DIR: given['data-dir'], LOG_LEVEL: given['log-level'] }
    const set = Object.fromEntries(Object.entries(flagged).filter(([, value]) => value !== undefined))
    const configuration = readSandboxConfiguration({ ...process.env, ...set })
    const running = await startSandbox(configuration)
    // Whoever started this process beside a shop waits for it.
    process.send?.({ kind: 'sandbox is open', url: running.url } satisfies SandboxNews)
    terminal.print(
      `${terminal.paint('bold', '算盘沙箱 The payment sandbox is open.')} Look at ${running.url}; what a shop needs is in ${configuration.folder}/credentials.json. Stop with Ctrl-C.`,
    )
    await untilStopped()
    stopInTime(terminal)
    await running.stop()
    return 0
  },
})
