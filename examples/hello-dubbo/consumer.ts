import { createServer } from 'node:http'
import { createConsumer, type Reply } from '@suanpan/dubbo'
import { clock, openRegistry, random, say } from './settings.ts'
import { userService } from './user-service.ts'

/** `GET /user/sayHello?name=…` asks a provider that the registry knows. */
const { PORT = '8080' } = process.env
const registry = openRegistry()
const consumer = createConsumer({ application: 'hello-consumer', registry, clock, random })
const { calls } = consumer.plain(userService)

interface Answer {
  readonly status: number
  readonly text: string
}

function answerOf(reply: Reply<string | null>): Answer {
  switch (reply.kind) {
    case 'answered':
      return { status: 200, text: reply.value ?? '' }
    case 'failed':
      return { status: 502, text: `the provider failed: ${reply.error.message}` }
    case 'unknown':
      return { status: 504, text: `no answer (${reply.because})` }
    case 'not_processed':
      return { status: 503, text: `nobody could be asked (${reply.because})` }
  }
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const asked =
    pathname === '/user/sayHello'
      ? calls.sayHello([searchParams.get('name') ?? '']).then(answerOf)
      : Promise.resolve({ status: 404, text: 'there is GET /user/sayHello?name=' })
  void asked.then(({ status, text }) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(text)
  })
})
server.listen(Number(PORT), '127.0.0.1', () => say(`curl 'http://127.0.0.1:${PORT}/user/sayHello?name=world'`))

function stop(): void {
  server.close()
  server.closeAllConnections()
  consumer.close()
  registry.close()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
