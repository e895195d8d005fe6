import type { MessagePort } from 'node:worker_threads'
import { createClient, type Send } from './client.ts'
import { createDispatcher, type DispatcherOptions, type WireReply } from './dispatch.ts'
import { decodeFrames, encodeFrames, type Frame } from './frames.ts'
import type { Rpc } from './port.ts'

/**
 * Caller and service in two threads of one process, over a message port; each end may both call and serve. When the
 * port closes, calls under way are `unknown`, because `connection`.
 */
export function threadRpc(port: MessagePort, options: DispatcherOptions): Rpc {
  const dispatcher = createDispatcher(options)
  const waiting = new Map<number, (reply: WireReply) => void>()
  let lastId = 0
  let closed = false
  let outgoing: Frame[] = []

  function post(frame: Frame): void {
    if (outgoing.push(frame) === 1) options.clock.soon(flush)
  }

  function flush(): void {
    const frames = outgoing
    outgoing = []
    if (closed) return
    const bytes = encodeFrames(frames)
    port.postMessage(bytes, [bytes.buffer])
  }

  function receive(frame: Frame): void {
    if (frame.kind === 'call') {
      void dispatcher.dispatch(frame.call).then((reply) => post({ kind: 'reply', id: frame.id, reply }))
      return
    }
    waiting.get(frame.id)?.(frame.reply)
    waiting.delete(frame.id)
  }

  port.on('message', (bytes: Uint8Array) => {
    for (const frame of decodeFrames(bytes)) receive(frame)
  })
  port.on('close', () => {
    closed = true
    for (const resolve of waiting.values()) resolve({ kind: 'unknown', because: 'connection' })
    waiting.clear()
  })

  const send: Send = (call) => {
    if (closed) return Promise.resolve({ kind: 'not_processed', because: 'unreachable' })
    lastId = (lastId + 1) % 2 ** 32
    const id = lastId
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      post({ kind: 'call', id, call })
    })
  }

  return {
    provide: dispatcher.provide,
    client: (service, instance) => createClient(service, instance, options.clock, send),
  }
}
