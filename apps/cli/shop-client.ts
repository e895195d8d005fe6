import type { Flag } from './flags.ts'
import { hasShape, type Shape } from './shape.ts'

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
  /** Answers the parsed body of a 2xx answer, which has this shape. Throws `ShopUnreachable`, `ShopRefused`. */
  get(path: string, shape: Shape, token?: string): Promise<unknown>
  post(path: string, body: unknown, shape: Shape, token?: string): Promise<unknown>
  /** A token from the demo sign-in, which only a shop in demo mode has. */
  signIn(who: { readonly userId: string } | { readonly role: 'admin' }): Promise<string>
}

/** An empty variable counts as not set, as it does for the shop. */
const shopPort = process.env['PORT'] === undefined || process.env['PORT'] === '' ? '3000' : process.env['PORT']

/** The flag with which every command that talks to a running shop is told where it is. */
export const urlFlag = {
  kind: 'text',
  value: 'url',
  help: 'where the shop runs; the default has its port from PORT in the environment',
  fallback: `http://127.0.0.1:${shopPort}`,
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

interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string | undefined
  readonly body?: unknown
  /** Of the answer. */
  readonly shape: Shape
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

const notAsShop = 'and not as a shop does: something else listens there'

function problemOf(text: string): { readonly code: string; readonly said: string } {
  try {
    const { code, title, detail } = JSON.parse(text) as { code?: string; title?: string; detail?: string }
    return { code: code ?? '', said: `${[code, title].filter((part) => part !== undefined).join(': ')}${detail === undefined ? '' : ` (${detail})`}` }
  } catch {
    return { code: '', said: notAsShop }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function createShopClient(urlText: string): ShopClient {
  const url = readUrl(urlText)

  async function call({ method, path, token, body, shape }: Question): Promise<unknown> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = fetch(new URL(path, url), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const told = sent.then(async (response) => ({ ok: response.ok, status: response.status, text: await response.text() }))
    const { ok, status, text } = await told.catch((error: unknown) => {
      throw unreachable(url, error)
    })
    if (!ok) {
      const { code, said } = problemOf(text)
      throw new ShopRefused(status, code, `${method} ${path} answered ${status} ${said}`)
    }
    const answer = parsed(text)
    if (!hasShape(answer, shape)) throw new ShopRefused(status, '', `${method} ${path} answered ${status} ${notAsShop}`)
    return answer
  }

  return {
    target: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port),
      isTls: url.protocol === 'https:',
    },
    get: (path, shape, token) => call({ method: 'GET', path, token, shape }),
    post: (path, body, shape, token) => call({ method: 'POST', path, token, body, shape }),
    async signIn(who) {
      const { token } = (await call({ method: 'POST', path: '/api/demo/sign-in', token: undefined, body: who, shape: { token: 'string' } }).catch(
        (error: unknown) => {
          throw error instanceof ShopRefused && error.status === 404 ? notInDemo(url, error) : error
        },
      )) as { token: string }
      return token
    },
  }
}
