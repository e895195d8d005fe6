import { AlipaySdk } from 'alipay-sdk'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { Wechatpay } from 'wechatpay-axios-plugin'
import type { Credentials } from './credentials.ts'
import { startSandbox, type RunningSandbox } from './sandbox.ts'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A merchant's server: keeps what it is told, and answers as it is bidden. */
export interface Merchant {
  readonly url: string
  readonly received: Received[]
  answer: (received: Received) => { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
}

export async function startMerchant(): Promise<Merchant> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() }
      merchant.received.push(received)
      const { status, body, headers } = merchant.answer(received)
      response.writeHead(status, headers).end(body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const merchant: Merchant = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: ({ path }) => (path.includes('wechat') ? { status: 204, body: '' } : { status: 200, body: 'success' }),
  }
  return merchant
}

export interface TestSandbox extends RunningSandbox {
  readonly folder: string
  /** Stops it and starts it again, on the same folder and another port. */
  again(): Promise<TestSandbox>
  control<Answer = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer & { readonly status: number }>
}

/** A sandbox in a folder of its own, which is gone after the tests. */
export async function startTestSandbox(folder = newFolder()): Promise<TestSandbox> {
  const running = await startSandbox({ port: 0, folder, logLevel: 'error' })
  let isRunning = true
  const stop = async () => {
    if (isRunning) await running.stop()
    isRunning = false
  }
  after(stop)
  return {
    ...running,
    folder,
    stop,
    again: async () => {
      await stop()
      return startTestSandbox(folder)
    },
    control: async <Answer>(method: string, path: string, body?: unknown) => {
      const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const response = await fetch(`${running.url}${path}`, { method, ...sent })
      const answer = (await response.json()) as Answer & object
      return { ...answer, status: response.status }
    },
  }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-sandbox-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The platform's own SDK, as a merchant sets it up. */
export function alipayClient({ alipay }: Credentials, mode: 'public-key' | 'certificate' = 'public-key'): AlipaySdk {
  const { appId, appPrivateKey, keyType, gateway, endpoint, alipayPublicKey, appCertPath, alipayPublicCertPath, alipayRootCertPath } = alipay
  const verification = mode === 'public-key' ? { alipayPublicKey } : { appCertPath, alipayPublicCertPath, alipayRootCertPath }
  return new AlipaySdk({ appId, privateKey: appPrivateKey, keyType, gateway, endpoint, ...verification })
}

/** The plugin, as a merchant sets it up that is being moved from certificate to public key. */
export function wechatClient({ wechat }: Credentials, certs = keysBySerial({ wechat })): Wechatpay {
  return new Wechatpay({ mchid: wechat.mchid, serial: wechat.merchantSerial, privateKey: wechat.merchantPrivateKey, certs, baseURL: wechat.baseUrl })
}

export function keysBySerial({ wechat }: Pick<Credentials, 'wechat'>): Record<string, string> {
  return { [wechat.publicKeyId]: wechat.publicKey, ...Object.fromEntries(wechat.platformCertificates.map(({ serial, certificate }) => [serial, certificate])) }
}

/** Looks again and again until it is so. */
export async function eventually<Found>(look: () => Found | undefined | Promise<Found | undefined>, withinMs = 15_000): Promise<Found> {
  const until = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error('it did not come to be')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
