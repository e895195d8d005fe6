import { httpUrl, noAccounts, paidAt, sandboxAccounts, sandboxCredentialsFile, type Accounts } from '@suanpan/hosting'
import { StartRefused, type Environment } from '@suanpan/runtime/settings'
import type { Clock } from '@suanpan/runtime/time'
import { existsSync } from 'node:fs'
import type { NodeConfiguration } from './configuration.ts'

/**
 * The shop's accounts at the platforms, for those processes that pay or are told of payments: real ones from the
 * environment, or, in demo mode, those of the sandbox whose keys lie in the data folder that the processes share.
 * Throws `StartRefused`.
 */
export function readAccounts({ shop, runs, paymentPort }: NodeConfiguration, environment: Environment, clock: Clock): Accounts {
  if (!runs.includes('payment') && !runs.includes('payment-system')) return noAccounts
  const paid = paidAt(shop, environment, clock.now())
  if (paid.kind === 'accounts') return paid.accounts
  const credentialsFile = sandboxCredentialsFile(shop.dataDir)
  if (!existsSync(credentialsFile)) {
    throw new StartRefused(
      `In demo mode payments go to the sandbox, and there are no keys of one at ${credentialsFile}. ` +
        `Start it first (npx suanpan sandbox --data-dir ${shop.dataDir}), share the DATA_DIR of the one that runs, or set SANDBOX_PORT=off.`,
    )
  }
  // Where the platforms find the payment system.
  const publicUrl = httpUrl(shop.host, paymentPort)
  return sandboxAccounts(credentialsFile, publicUrl, clock.now())
}
