import { demoCatalog } from '@suanpan/demo'
import { readConfiguration, type AccountsAt } from '@suanpan/hosting'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startShop } from '../shop.ts'
import { assertCleanAudit, judgedAtOnce } from './clean-audit.ts'

/** A real shop in this process, on a data folder of its own. */
export interface LiveShop {
  readonly url: string
  readonly adminToken: string
  /** Of `user-0001`. */
  readonly token: string
  tokenOf(userId: string): Promise<string>
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Once all has arrived: `assertCleanAudit`. */
  assertCleanAudit(): Promise<void>
  stop(): Promise<void>
}

export interface CallOptions {
  readonly token?: string
  /** Sent as JSON, unless it is text: that is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed, where it is JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

/** Starts a shop with these settings. */
export type StartLiveShop = (environment?: Readonly<Record<string, string>>) => Promise<LiveShop>

const nothingToPayWith: AccountsAt = () => ({ alipay: undefined, wechat: undefined })

export async function startLiveShop(environment: Readonly<Record<string, string>> = {}, accounts = nothingToPayWith): Promise<LiveShop> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-live-'))
  const configuration = readConfiguration({ PORT: '0', DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent', ...judgedAtOnce, ...environment })
  const crash = (because: string): void => {
    throw new Error(because)
  }
  const shop = await startShop({ configuration, catalog: demoCatalog(), accounts: () => Promise.resolve(accounts), onCrash: crash })
  const { url } = shop

  return attachShop(
    () => url,
    async () => {
      await shop.stop()
      rmSync(folder, { recursive: true })
    },
  )
}

/** A shop that runs, wherever that is; `urlOf` says where a path is asked for. */
export async function attachShop(urlOf: (path: string) => string, stop: () => Promise<void>): Promise<LiveShop> {
  async function call(method: string, path: string, { token, body, headers = {} }: CallOptions = {}): Promise<Answer> {
    const answer = await fetch(`${urlOf(path)}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, body: parse(text) }
  }

  const signIn = async (body: object): Promise<string> => (await call('POST', '/api/demo/sign-in', { body })).body['token'] as string
  const tokenOf = (userId: string): Promise<string> => signIn({ userId })
  const adminToken = await signIn({ role: 'admin' })
  return {
    url: urlOf('/'),
    adminToken,
    token: await tokenOf('user-0001'),
    tokenOf,
    call,
    assertCleanAudit: () => assertCleanAudit(async () => (await call('GET', '/admin/audit', { token: adminToken })).body),
    stop,
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
