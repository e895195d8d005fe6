import type { Flag } from './flags.ts'

/** No answer: nobody listens there, or the connection broke. */
export class ShopUnreachable extends Error {
  override readonly name = 'ShopUnreachable'
}

/** The shop answered, and not with what was asked for. */
export class ShopRefused extends Error {
  override readonly name = 'ShopRefused'
  readonly status: number
  /** Of the problem; empty where the answer was none. */
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface ShopClient {
  /** Where it runs, for clients that speak to it in their own way. */
  readonly target: { readonly host: string; readonly port: number; readonly isTls: boolean }
  /** Answers the parsed body of a 2xx answer. Throws `ShopUnreachable`, `ShopRefused`. */
  get(path: string, token?: string): Promise<unknown>
  post(path: string, body: unknown, token?: string): Promise<unknown>
  /** A token from the demo sign-in, which only a shop in demo mode has. */
  signIn(who: { readonly userId: string } | { readonly role: 'admin' }): Promise<string>
}

/** The flag with which every command that talks to a running shop is told where it is. */
export const urlFlag = {
  kind: 'text',
  value: 'url',
  help: 'where the shop runs; the default has its port from PORT in the environment',
  fallback: `http://127.0.0.1:${process.env['PORT'] ?? '3000'}`,
} as const satisfies Flag

/** The flag for shops that are not in demo mode: they know their operators by other means. */
export const adminTokenFlag = {
  kind: 'text',
  value: 'token',
  help: "an operator's bearer token; better in SUANPAN_TOKEN, because others see flags in the process list. Without either the demo sign-in is used",
} as const satisfies Flag

/** As an operator: with the token that was given, or that the environment has, or by the demo sign-in. */
export async function operatorToken(shop: ShopClient, given: string | undefined): Promise<string> {
  const kept = given ?? process.env['SUANPAN_TOKEN'] ?? ''
  return kept === '' ? shop.signIn({ role: 'admin' }) : kept
}

function readUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new ShopUnreachable(`${text} is not an http:// or https:// address, such as http://127.0.0.1:3000`)
  return url
}

/** Browsers and `fetch` never go to some ports, such as 6000 (https://fetch.spec.whatwg.org/#port-blocking). */
function unreachable({ origin, port }: URL, error: unknown): ShopUnreachable {
  const isBlocked = error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port'
  const because = isBlocked
    ? `port ${port} is one that no browser goes to, nor this program: start the shop on another PORT`
    : 'is it running (npm start), and there? --url names another place'
  return new ShopUnreachable(`no shop answers at ${origin}; ${because}`, { cause: error })
}

function notInDemo({ origin }: URL, error: ShopRefused): ShopRefused {
  const because = "it is not in demo mode, or it is no shop. Operators of a live one put a token of their identity provider's into SUANPAN_TOKEN"
  return new ShopRefused(error.status, error.code, `${origin} signs nobody in: ${because}`)
}

async function problemOf(response: Response): Promise<{ readonly code: string; readonly said: string }> {
  const text = await response.text()
  try {
    const { code, title, detail } = JSON.parse(text) as { code?: string; title?: string; detail?: string }
    return { code: code ?? '', said: `${[code, title].filter((part) => part !== undefined).join(': ')}${detail === undefined ? '' : ` (${detail})`}` }
  } catch {
    return { code: '', said: 'and not as a shop does: something else listens there' }
  }
}

export function createShopClient(urlText: string): ShopClient {
  const url = readUrl(urlText)

  async function call(method: string, path: string, token: string | undefined, body: unknown): Promise<unknown> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = fetch(new URL(path, url), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const response = await sent.catch((error: unknown) => {
      throw unreachable(url, error)
    })
    if (!response.ok) {
      const { code, said } = await problemOf(response)
      throw new ShopRefused(response.status, code, `${method} ${path} answered ${response.status} ${said}`)
    }
    return response.json()
  }

  return {
    target: { host: url.hostname, port: Number(url.port === '' ? 80 : url.port), isTls: url.protocol === 'https:' },
    get: (path, token) => call('GET', path, token, undefined),
    post: (path, body, token) => call('POST', path, token, body),
    async signIn(who) {
      const { token } = (await call('POST', '/api/demo/sign-in', undefined, who).catch((error: unknown) => {
        throw error instanceof ShopRefused && error.status === 404 ? notInDemo(url, error) : error
      })) as { token: string }
      return token
    },
  }
}
