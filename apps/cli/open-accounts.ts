import { paidAt, sandboxAccounts, type AccountsAt, type Configuration } from '@suanpan/hosting'
import type { Environment } from '@suanpan/runtime/settings'
import { startSandboxProcess } from './sandbox-process.ts'

export interface OpenAccounts {
  readonly accountsAt: AccountsAt
  /** The sandbox's front page, where there is one. */
  readonly sandboxUrl: string | undefined
  /** Ends the sandbox. */
  close(): Promise<void>
}

/** Where a shop is paid to: at the real platforms, or, in demo mode, at a sandbox beside it. Throws `StartRefused`. */
export async function openAccounts(configuration: Configuration, environment: Environment): Promise<OpenAccounts> {
  const paid = paidAt(configuration, environment, Date.now())
  if (paid.kind === 'accounts') return { accountsAt: () => paid.accounts, sandboxUrl: undefined, close: async () => {} }
  const { url, credentialsFile, stop } = await startSandboxProcess(configuration, paid.port)
  return {
    accountsAt: (publicUrl) => sandboxAccounts(credentialsFile, publicUrl, Date.now()),
    sandboxUrl: url,
    close: stop,
  }
}
