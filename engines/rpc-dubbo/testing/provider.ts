import { openDubboRpc } from '@suanpan/rpc-dubbo'
import { echo } from '@suanpan/runtime/rpc/testing'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { further, type Asked, type Told } from './asked.ts'

/**
 * A process that answers, to be killed, frozen and restarted. Settings: ZK (servers), NAME, INSTANCE (of the echo; none by
 * default). It says `BEGUN id` of every call, and goes gracefully at SIGTERM.
 */
const { ZK = '', NAME = '', INSTANCE } = process.env
const clock = systemClock()
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const dubbo = openDubboRpc({
  application: NAME,
  zookeeper: ZK.split(','),
  host: '127.0.0.1',
  clock,
  random: systemRandom,
  maxCalls: 1_000,
  onError: (method, error) => say(`ERROR ${method} ${String(error)}`),
  onEvent: (event) => say(`EVENT ${JSON.stringify(event)}`),
})
const next = dubbo.rpc.client(echo, further)
dubbo.rpc.provide(
  echo,
  {
    say: async (asked, { deadlineAt, traceparent = '' }) => {
      const leftMs = deadlineAt - clock.now()
      const { id, waitMs, further: asksFurther } = JSON.parse(asked) as Asked
      say(`BEGUN ${id}`)
      if (waitMs > 0) await clock.sleep(waitMs)
      const reply = asksFurther ? await next.say(JSON.stringify({ id: `${id} further`, waitMs: 0, further: false }), { deadlineAt, traceparent }) : undefined
      const told: Told = { by: NAME, leftMs, traceparent, further: reply?.kind === 'answered' ? (JSON.parse(reply.response) as Told) : undefined }
      return JSON.stringify(told)
    },
  },
  INSTANCE,
)
await dubbo.start()
say('READY')

process.once('SIGTERM', () => {
  void (async () => {
    await dubbo.leave()
    await dubbo.close()
    say('CLOSED')
  })()
})
