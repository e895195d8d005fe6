/** The sandbox as a platform under test: buyers, faults and a clock on demand, and a shop's address that it notifies. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { startSandbox } from '@suanpan/sandbox'
import type { PayLink } from '../port.ts'
import { scriptedServer, type Received } from './scripted-server.ts'

export interface TradeAtPlatform {
  readonly state: string
  readonly refundedFen: number
}

export interface SandboxPlatform {
  /** Where `credentials.json` is. */
  readonly folder: string
  /** What a buyer does with a link; `refused` is what the cashier says instead. */
  pay(link: PayLink): Promise<'paid' | 'refused'>
  /** As in `POST /sandbox/faults`; all faults are gone after `work`. */
  underFault<Value>(fault: object, work: () => Promise<Value>): Promise<Value>
  trade(paymentId: string): Promise<TradeAtPlatform | undefined>
  /** The platform's time, epoch ms. */
  now(): Promise<number>
  advance(durationMs: number): Promise<void>
  /** How large a part of WeChat Pay's notifications is signed with its public key, not with its certificate. */
  signWithPublicKey(share: number): Promise<void>
  /** WeChat Pay has a new platform certificate, and keeps the one of before beside it. */
  rotateCertificate(): Promise<void>
  /** Whether Alipay's app is in certificate mode, in which every request names its certificates. */
  wantAlipayCertificates(areWanted: boolean): Promise<void>
}

export async function sandboxPlatform(): Promise<SandboxPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-channels-'))
  const sandbox = await startSandbox({ port: 0, folder, logLevel: 'error' })
  after(async () => {
    await sandbox.stop()
    rmSync(folder, { recursive: true })
  })

  async function control(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly answer: unknown }> {
    const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(`${sandbox.url}/sandbox/${path}`, { method, ...sent })
    return { status: response.status, answer: await response.json() }
  }

  async function underFault<Value>(fault: object, work: () => Promise<Value>): Promise<Value> {
    const { status } = await control('POST', 'faults', fault)
    if (status !== 201) throw new Error(`the sandbox knows no fault ${JSON.stringify(fault)}`)
    try {
      return await work()
    } finally {
      await control('DELETE', 'faults')
    }
  }

  return {
    folder,
    underFault,
    pay: async (link) => ((await control('POST', 'pay', codeOf(link))).status === 200 ? 'paid' : 'refused'),
    trade: async (paymentId) => {
      const { answer } = await control('GET', `trades?outTradeNo=${paymentId}`)
      return (answer as { readonly items: readonly TradeAtPlatform[] }).items[0]
    },
    now: async () => ((await control('GET', 'clock')).answer as { readonly now: number }).now,
    advance: async (advanceMs) => {
      await control('POST', 'clock', { advanceMs })
    },
    signWithPublicKey: async (publicKeyShare) => {
      await control('POST', 'keys', { publicKeyShare })
    },
    rotateCertificate: async () => {
      await control('POST', 'keys', { rotateCertificate: true })
    },
    wantAlipayCertificates: async (alipayCertificates) => {
      await control('POST', 'keys', { alipayCertificates })
    },
  }
}

function codeOf(link: PayLink): object {
  switch (link.kind) {
    case 'redirect':
      return { payUrl: link.payUrl }
    case 'code':
      return { codeUrl: link.codeUrl }
    case 'bridge':
      return { prepayId: link.parameters['package']?.replace('prepay_id=', '') }
  }
}

/** A shop's address: keeps what it is told, and says that it heard. */
export async function notifiedShop() {
  const server = await scriptedServer(({ url }) => (url.pathname.endsWith('alipay') ? { status: 200, body: 'success' } : { status: 204, body: '' }))
  after(server.close)
  let seen = 0
  return {
    publicUrl: server.origin,
    /** The next `count` notifications, once they are here. */
    told: async (count = 1): Promise<readonly Received[]> => {
      const all = await eventually(() => (server.received.length >= seen + count ? server.received.slice(seen, seen + count) : undefined))
      seen += count
      return all
    },
    /** What has come so far is of no interest. */
    forget: () => {
      seen = server.received.length
    },
  }
}

export async function eventually<Found>(look: () => Found | undefined | Promise<Found | undefined>, withinMs = 20_000): Promise<Found> {
  const until = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error('it has not come to be')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
