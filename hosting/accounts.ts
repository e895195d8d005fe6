import type { ChannelName, NotificationReader } from '@suanpan/channels'
import { createAlipayNotificationReader } from '@suanpan/channels/alipay/notification'
import {
  alipaySettings,
  channelSettings,
  readAlipayConfiguration,
  readSandboxCredentials,
  readWechatConfiguration,
  wechatSettings,
  type AlipayConfiguration,
  type WechatConfiguration,
} from '@suanpan/channels/configuration'
import { createWechatNotificationReader } from '@suanpan/channels/wechat/notification'
import { StartRefused, type Environment } from '@suanpan/runtime/settings'
import { join } from 'node:path'
import type { Configuration } from './configuration.ts'

/** The shop's accounts at the platforms. Plain text, to be handed to another thread; a channel without one is not offered. */
export interface Accounts {
  readonly alipay: AlipayConfiguration | undefined
  readonly wechat: WechatConfiguration | undefined
}

/** The accounts, once it is known where the shop listens (`http://host:port`): there a sandbox finds it. */
export type AccountsAt = (shopUrl: string) => Accounts

/** What names the accounts at the real platforms, with `DEMO=0`: from the environment alone. */
export const accountSettings = { ...channelSettings, ...alipaySettings, ...wechatSettings }

export const noAccounts: Accounts = { alipay: undefined, wechat: undefined }

/** Where a shop is paid to: at accounts that are known before it runs, or at a sandbox. */
export type PaidAt = { readonly kind: 'accounts'; readonly accounts: Accounts } | { readonly kind: 'sandbox'; readonly port: number }

/** At the real platforms, by the accounts that an environment names, or, in demo mode, at a sandbox or nowhere. Throws `StartRefused`. */
export function paidAt({ identity, sandboxPort }: Configuration, environment: Environment, now: number): PaidAt {
  if (identity.kind === 'demo') {
    refuseLiveAccounts(environment)
    return sandboxPort === undefined ? { kind: 'accounts', accounts: noAccounts } : { kind: 'sandbox', port: sandboxPort }
  }
  const accounts = { alipay: readAlipayConfiguration(environment, 'live', now), wechat: readWechatConfiguration(environment, 'live', now) }
  return { kind: 'accounts', accounts }
}

/** A demo shop has the sandbox's accounts: beside real ones, somebody might take the one for the other. Throws `StartRefused`. */
export function refuseLiveAccounts(environment: Environment): void {
  const set = [...Object.keys(alipaySettings), ...Object.keys(wechatSettings)].find((name) => (environment[name] ?? '') !== '')
  if (set === undefined) return
  throw new StartRefused(`${set} is set, and DEMO pays at the sandbox: real accounts and simulated ones do not mix. Set DEMO=0, or unset ${set}.`)
}

/** Where a sandbox that keeps its folder in this data folder hands out what a shop needs. */
export const sandboxCredentialsFile = (dataDir: string): string => join(dataDir, 'sandbox', 'credentials.json')

const sandboxTimeoutMs = 5_000

/** The accounts at a sandbox, which tells what was paid to `publicUrl`. Throws `StartRefused`. */
export function sandboxAccounts(credentialsFile: string, publicUrl: string, now: number): Accounts {
  return readSandboxCredentials(credentialsFile, { publicUrl, timeoutMs: sandboxTimeoutMs, certificates: false, now })
}

/** Verifiers of what the platforms tell, for the thread that HTTP is in: without private keys and SDKs. */
export function createNotificationReaders({ alipay, wechat }: Accounts): ReadonlyMap<ChannelName, NotificationReader> {
  const readers = [
    ...(alipay === undefined ? [] : [createAlipayNotificationReader(alipay)]),
    ...(wechat === undefined ? [] : [createWechatNotificationReader(wechat)]),
  ]
  return new Map(readers.map((reader) => [reader.channel, reader]))
}
