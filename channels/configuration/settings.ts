/** What both adapters' configurations have in common: a table of settings, and how they are read and refused: by name, never with what is in them. */
import { integer, StartRefused, type Setting } from '@suanpan/runtime/settings'
import { readFileSync, statSync } from 'node:fs'

/** `live` moves real money. `sandbox` moves none. Keys and gateways of the two are never mixed. */
export type Profile = 'live' | 'sandbox'

export function textSetting(meaning: string, allowed: string, pattern: RegExp): Setting<string> {
  return { meaning, allowed, fallback: undefined, isSecret: true, parse: (text) => (pattern.test(text) ? text : undefined) }
}

export function fileSetting(meaning: string): Setting<string> {
  return { meaning, allowed: 'the path of a file', fallback: undefined, isSecret: true, parse: (text) => (text.includes('\0') ? undefined : text) }
}

export function urlSetting(meaning: string, fallback: string | undefined): Setting<string> {
  const parse = (text: string) => {
    if (!URL.canParse(text)) return undefined
    const { protocol, username, password, search, hash } = new URL(text)
    return /^https?:$/.test(protocol) && username + password + search + hash === '' ? text : undefined
  }
  return { meaning, allowed: 'a URL that begins with http:// or https://, without a user, a query or a fragment', fallback, isSecret: true, parse }
}

/** What both channels need. */
export const channelSettings = {
  PUBLIC_URL: urlSetting('where the platforms reach this shop from outside; notifications come to /notify/alipay and /notify/wechat below it', undefined),
  PLATFORM_TIMEOUT_MS: integer('after this long a call to a platform counts as unanswered', 500, 60_000, 5_000),
}

/** The text of the file that a setting names. Throws `StartRefused`. */
export function readNamedFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new StartRefused(`${name}: the file ${path} cannot be read (${code}).`)
  }
}

/** Likewise, of a file that only its owner may read. */
export function readSecretFile(name: string, path: string): string {
  const text = readNamedFile(name, path)
  // On Windows the mode says nothing.
  const mode = process.platform === 'win32' ? 0 : statSync(path).mode & 0o077
  if (mode !== 0) throw new StartRefused(`${name}: others than its owner may read or write the file. Run: chmod 600 ${path}`)
  return text
}

/** A certificate, a file or an id that says it is made for a sandbox: Alipay's sandbox numbers its apps from 9021 on. */
const sandboxMark = /sandbox|^9021\d{12}$/i

const loopback = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/

export interface ProfileCheck {
  readonly profile: Profile
  readonly gateway: readonly [setting: string, url: string]
  readonly publicUrl: string
  readonly realHosts: readonly string[]
  readonly sandboxHosts: readonly string[]
  /** Setting and value of whatever a sandbox would mark as its own. */
  readonly credentials: readonly (readonly [setting: string, value: string])[]
}

/** Throws `StartRefused` where a live profile would use something of a sandbox, or a sandbox something real. */
export function refuseMixture({ profile, gateway, publicUrl, realHosts, sandboxHosts, credentials }: ProfileCheck): void {
  const [gatewaySetting, gatewayUrl] = gateway
  const { hostname, protocol } = new URL(gatewayUrl)
  if (profile === 'sandbox') {
    if (realHosts.includes(hostname)) throw new StartRefused(`${gatewaySetting}: a sandbox profile must not call the real platform at ${hostname}.`)
    return
  }
  if (protocol !== 'https:' || loopback.test(hostname) || sandboxHosts.includes(hostname)) {
    throw new StartRefused(`${gatewaySetting}: a live profile calls the real platform over https, not ${protocol}//${hostname}.`)
  }
  const { hostname: publicHost, protocol: publicProtocol } = new URL(publicUrl)
  if (publicProtocol !== 'https:' || loopback.test(publicHost)) {
    throw new StartRefused(`PUBLIC_URL: the platform notifies over https at a public name, not at ${publicProtocol}//${publicHost}.`)
  }
  const marked = credentials.find(([, value]) => sandboxMark.test(value))
  if (marked !== undefined) throw new StartRefused(`${marked[0]}: it is marked as a sandbox's; a live profile must not use it.`)
}

/** The address of a channel's notifications. */
export function notifyUrlOf(publicUrl: string, channel: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/notify/${channel}`
}
