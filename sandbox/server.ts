import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { isLoopbackHost } from '@suanpan/runtime/loopback-port'
import Fastify, { type FastifyError } from 'fastify'
import { cashierRoutes } from './alipay/cashier.ts'
import type { AlipayContext } from './alipay/context.ts'
import { gatewayRoutes } from './alipay/gateway.ts'
import { alipayRestRoutes } from './alipay/rest.ts'
import { pageRoutes } from './buyers.ts'
import type { SandboxContext, Server } from './context.ts'
import { controlRoutes } from './control.ts'
import type { Credentials } from './credentials.ts'
import { createOpening } from './opening.ts'
import { Problem, problemOfStatus, sendProblem } from './problems.ts'
import type { WechatContext } from './wechat/context.ts'
import { wechatRoutes } from './wechat/routes.ts'

/** Far above any request of the protocols. */
const bodyLimitBytes = 256 * 1024

/** Pages bear their own style, and nothing else: no script, no frame, no picture from elsewhere. */
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

export interface ServerOptions {
  readonly shared: SandboxContext
  readonly alipay: AlipayContext
  readonly wechat: WechatContext
  readonly credentials: () => Credentials
  /** WeChat Pay gets a new platform certificate. */
  readonly changeCertificate: () => Promise<void>
}

/** Both platforms, their pages for buyers, and the control API, on one port. */
export async function createServer({ shared, alipay, wechat, credentials, changeCertificate }: ServerOptions): Promise<Server> {
  const server: Server = Fastify({
    bodyLimit: bodyLimitBytes,
    ajv: { customOptions: { removeAdditional: false, useDefaults: false, coerceTypes: false } },
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>()

  // A page of the wide web whose name was turned to this machine must not play with the sandbox.
  server.addHook('onRequest', async ({ headers }) => {
    if (!isLoopbackHost(headers.host ?? '')) throw new Problem('forbidden', 'the sandbox answers on loopback only')
  })
  server.addHook('onSend', async (_, reply) => {
    if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.header('content-security-policy', pagePolicy)
  })
  server.setErrorHandler((error: FastifyError | Problem, _, reply) => {
    if (error instanceof Problem) return sendProblem(reply, error)
    const status = error.statusCode ?? 500
    if (status >= 500) shared.log.error({ error }, 'a request to the sandbox failed')
    return sendProblem(reply, problemOfStatus(status, error.message))
  })
  server.setNotFoundHandler(({ method, url }, reply) =>
    sendProblem(reply, new Problem('not_found', `there is no ${method} ${url.slice(0, 200)}; GET / tells what there is`)),
  )

  const openCode = createOpening(alipay)
  // Signatures cover bytes: the protocols get bodies as they came.
  await server.register(async (protocols: Server) => {
    protocols.removeAllContentTypeParsers()
    protocols.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    gatewayRoutes(protocols, alipay)
    alipayRestRoutes(protocols, alipay)
    cashierRoutes(protocols, alipay)
    wechatRoutes(protocols, wechat)
    pageRoutes(protocols, shared, openCode)
  })
  await server.register(async (control: Server) => {
    control.removeContentTypeParser('text/plain')
    controlRoutes(control, shared, { openCode, credentials, changeCertificate })
  })
  return server
}
