import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { createClosing } from './closing.ts'
import type { EdgeContext, Server } from './context.ts'
import { outcomesPage } from './documentation.ts'
import { createExchanges } from './exchanges.ts'
import { createEdgeMetrics } from './metrics.ts'
import { Problem, problemBody, problemOfStatus } from './problems.ts'
import { hostProblem } from './request-headers.ts'
import { faultRoutes, signInRoute } from './routes/demo.ts'
import { healthRoutes } from './routes/health.ts'
import { importRoutes } from './routes/imports.ts'
import { meRoutes } from './routes/me.ts'
import { notifyRoutes } from './routes/notify.ts'
import { operationsRoutes } from './routes/operations.ts'
import { orderRoutes } from './routes/orders.ts'
import { paymentLogRoutes } from './routes/payment-log.ts'
import { paymentRoutes } from './routes/payments.ts'
import { productRoutes } from './routes/products.ts'
import { quarantineRoutes } from './routes/quarantine.ts'
import { reconciliationRoutes } from './routes/reconciliations.ts'
import { refundRoutes } from './routes/refunds.ts'
import { documentedSchema, documentProblems } from './responses.ts'
import { limits } from './schemas.ts'
import { unanswered } from './services.ts'
import { createConnectionGuard } from './unreadable.ts'

/** Requests a minute and address to sign in with: a brake on guessing, far above any person. */
const signInsPerMinute = 6_000

/** The HTTP side of the shop: validates, identifies, asks the services, and says how it went. */
export async function createEdge(context: EdgeContext): Promise<Server> {
  const { settings, log } = context
  const exchanges = createExchanges()
  const guard = createConnectionGuard(exchanges, context.clock)
  const server: Server = Fastify({
    bodyLimit: limits.customerBodyBytes,
    // WeChat Pay refuses an `h5` payment from another address than it was begun for; failures are counted by address, too.
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    // Nothing is dropped, filled in or converted: a request that is not right is refused.
    ajv: { customOptions: { removeAdditional: false, useDefaults: false, coerceTypes: false, allErrors: false } },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: 200 },
    requestTimeout: 30_000,
    // What still comes over a connection while this server closes is served, too: nobody's request fails because we restart.
    return503OnClosing: false,
    // Refused below instead, in words.
    http: { requireHostHeader: false },
    frameworkErrors: (error, _, reply) => void sendProblem(reply, problemOfStatus(error.statusCode ?? 400, error.message)),
    clientErrorHandler: guard.refuseUnreadable,
  }).withTypeProvider<TypeBoxTypeProvider>()
  const metrics = createEdgeMetrics()
  guard.refuseUnrouted(server.server)
  const closing = createClosing(server.server, exchanges, guard, context.clock)

  // Everything that this server understands is JSON; what platforms send is not understood here, but handed on.
  server.removeContentTypeParser('text/plain')
  server.decorateRequest('identity', undefined)
  server.setErrorHandler((error: FastifyError, request, reply) => sendProblem(reply, problemOf(error, request)))
  server.setNotFoundHandler((request, reply) => sendProblem(reply, new Problem('not_found', `there is no ${request.method} ${request.url.slice(0, 200)}`)))
  // These run for every request, and have nothing to wait for.
  server.addHook('onRequest', ({ raw }, reply, done) => {
    exchanges.began(raw, reply.raw)
    done(hostProblem(raw, settings.demo !== undefined))
  })
  let isClosing = false
  server.addHook('preClose', (done) => {
    isClosing = true
    closing.begin()
    done()
  })
  server.addHook('onClose', async () => closing.end())
  server.addHook('onSend', (_, reply, payload, done) => {
    // Its client would hold the connection, and so this server, for another minute.
    if (isClosing || !context.isOpen()) void reply.header('connection', 'close')
    done(null, payload)
  })
  server.addHook('onResponse', (request, reply, done) => {
    exchanges.ended(request.raw)
    metrics.observe(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime)
    done()
  })

  await server.register(rateLimit, { global: false })
  await server.register(swagger, { openapi: openApi, transform: ({ schema, url }) => ({ schema: documentedSchema(schema), url }) })
  await server.register(async (pages: Server) => {
    // Without `upgrade-insecure-requests`: this server speaks plain HTTP, and TLS ends before it.
    await pages.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } }, strictTransportSecurity: false })
    await pages.register(swaggerUi, { routePrefix: '/docs' })
    outcomesPage(pages)
  })

  if (settings.face !== 'payment-system') await orderSystem(server, context)
  await server.register(async (open: Server) => {
    documentProblems(open, [])
    healthRoutes(open, context, metrics)
  })
  if (settings.face !== 'order-system') await notifyRoutes(server, context, metrics)
  await forCustomers(server, context, (customers) => paymentRoutes(customers, context))
  return server

  function problemOf(error: FastifyError | Problem, request: FastifyRequest): Problem {
    if (error instanceof Problem) return error
    if (error.validation !== undefined) {
      const [first] = error.validation
      const where = `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`
      return new Problem('invalid_request', `${where}: ${first?.message ?? 'is not valid'}${named(first?.params)}`)
    }
    if (error.statusCode !== undefined && error.statusCode < 500) return problemOfStatus(error.statusCode, error.message)
    log.error({ error, method: request.method, route: request.routeOptions.url }, 'a request failed inside the shop')
    return new Problem('internal_error', 'the failure is logged; repeating the request with the same Idempotency-Key is safe', { retryAfterSeconds: 1 })
  }
}

/** What customers and operators ask, but for payments. */
async function orderSystem(server: Server, context: EdgeContext): Promise<void> {
  const { demo } = context.settings
  await server.register(async (open: Server) => {
    documentProblems(open, unanswered)
    productRoutes(open, context)
  })
  await forCustomers(server, context, (customers) => {
    meRoutes(customers, context)
    orderRoutes(customers, context)
  })
  await forOperators(server, context, (operators) => {
    importRoutes(operators, context)
    operationsRoutes(operators, context)
    refundRoutes(operators, context)
    quarantineRoutes(operators, context)
    paymentLogRoutes(operators, context)
    reconciliationRoutes(operators, context)
    if (demo !== undefined) faultRoutes(operators, context)
  })
  if (demo === undefined) return
  await server.register(async (strangers: Server) => {
    await strangers.register(rateLimit, { max: signInsPerMinute, timeWindow: 60_000 })
    documentProblems(strangers, ['rate_limited'])
    signInRoute(strangers, context, demo.tokenSecret)
  })
}

/** Routes for whoever has a token. */
async function forCustomers(server: Server, { authenticate }: EdgeContext, routes: (customers: Server) => void): Promise<void> {
  await server.register(async (customers: Server) => {
    customers.addHook('onRequest', async (request) => {
      request.identity = await authenticate(request.headers.authorization)
    })
    documentProblems(customers, ['unauthenticated', ...unanswered])
    routes(customers)
  })
}

/** Routes for whoever has a token of an operator. */
async function forOperators(server: Server, { authenticate }: EdgeContext, routes: (operators: Server) => void): Promise<void> {
  await server.register(async (operators: Server) => {
    operators.addHook('onRequest', async (request) => {
      request.identity = await authenticate(request.headers.authorization)
      if (!request.identity.isAdmin) throw new Problem('forbidden', 'this is for operators: the token needs "role":"admin"')
    })
    documentProblems(operators, ['unauthenticated', 'forbidden', ...unanswered])
    routes(operators)
  })
}

/** Which unknown field it is: the validator tells it beside its message. */
function named(parameters: Readonly<Record<string, unknown>> | undefined): string {
  const field = parameters?.['additionalProperties'] ?? parameters?.['additionalProperty']
  return field === undefined ? '' : `: ${JSON.stringify(field).slice(0, 100)}`
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const body = problemBody(problem)
  // The rate limiter knows better when it is worth while.
  if (problem.retryAfterSeconds !== undefined && !reply.hasHeader('retry-after')) void reply.header('retry-after', String(problem.retryAfterSeconds))
  if (problem.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer')
  return reply.code(body.status).header('content-type', 'application/problem+json; charset=utf-8').serializer(JSON.stringify).send(body)
}

const openApi = {
  openapi: '3.1.0' as const,
  info: {
    title: 'Suanpan',
    version: '0.1.0',
    description:
      'Orders whose books balance whatever fails. Money is in fen (1/100 yuan), times are epoch milliseconds. ' +
      'Errors are `application/problem+json`; every code is described under [/docs/problems](/docs/problems). ' +
      'A request that does not arrive whole, or whose headers are too large, is answered 408 or 431 before any path counts.',
  },
  components: { securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' } } },
  tags: [
    { name: 'products', description: 'What is for sale' },
    { name: 'orders', description: 'Placing and following orders' },
    { name: 'payments', description: 'Paying orders, and what platforms tell about it' },
    { name: 'me', description: 'Balance, points, coupons' },
    { name: 'admin', description: 'Imports, books, refunds, quarantine, bills, dead letters' },
    { name: 'demo', description: 'Only in demo mode' },
    { name: 'health', description: 'For whatever watches the process' },
  ],
}
