import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { StartRefused } from '@suanpan/runtime/settings'
import { silentLog } from '@suanpan/runtime/telemetry'
import { systemClock } from '@suanpan/runtime/time'
import { untilReachable } from './reachable.ts'

const nowhere = '127.0.0.1:1'

test('a process starts while RocketMQ is away, as it goes on while it is, and not while the database is', async (context) => {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  context.after(() => listening.close())
  const there = `127.0.0.1:${(listening.address() as AddressInfo).port}`
  const services = { names: ['inventory'], databaseUrl: `postgres://me@${there}/shop`, proxy: there }
  const whole = { zookeeper: [nowhere, there], services, waitMs: 100 }
  const start = (changed: Partial<typeof whole>) => untilReachable({ ...whole, ...changed }, systemClock(), silentLog)
  await start({ services: { ...services, proxy: nowhere } })
  await assert.rejects(start({ services: { ...services, databaseUrl: `postgres://me@${nowhere}/shop` } }), StartRefused)
  await assert.rejects(start({ zookeeper: [nowhere] }), StartRefused)
})
