import type { Socket } from 'node:net'
import type { Clock } from '@suanpan/runtime/time'
import { startListener, type Listener, type ListenerAddress } from '../listener.ts'
import type { Traffic } from '../traffic.ts'
import { createClassicDispatcher } from './dispatch.ts'
import { createFrameReader, FrameError, readOnlyNotice } from './frames.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { PlainService } from './service.ts'

const maxWaitingBytes = 1024 * 1024

export interface ClassicServerOptions extends ListenerAddress {
  readonly services: readonly PlainService[]
  readonly clock: Clock
  readonly traffic: Traffic
  readonly maxBodyBytes?: number
  /** A consumer that is silent for so long is gone: it sends heartbeats every 60 s. */
  readonly silentAfterMs?: number
}

/** Serves `dubbo://`. */
export async function startClassicServer(options: ClassicServerOptions): Promise<Listener> {
  const { clock, traffic, maxBodyBytes = 8 * 1024 * 1024, silentAfterMs = 180_000 } = options
  const dispatcher = createClassicDispatcher({ ...options, maxBodyBytes })
  const outboxes = new Map<Socket, Outbox>()
  let lastNotice = 0n

  function accept(socket: Socket): void {
    const reader = createFrameReader(maxBodyBytes)
    const outbox = createOutbox(socket, clock)
    outboxes.set(socket, outbox)
    let lastHeardAt = clock.now()
    let cancelWatch = watchSilence()

    function watchSilence(): () => void {
      return clock.after(silentAfterMs, () => {
        // The clock may have been put back.
        lastHeardAt = Math.min(lastHeardAt, clock.now())
        if (clock.now() - lastHeardAt >= silentAfterMs) socket.destroy()
        else cancelWatch = watchSilence()
      })
    }

    function send(bytes: Buffer): void {
      outbox.send(bytes)
      // A consumer that does not read its answers is not read from, either.
      if (outbox.waitingBytes > maxWaitingBytes) socket.pause()
    }

    socket.setNoDelay()
    socket.on('drain', () => socket.resume())
    socket.on('data', (chunk) => {
      lastHeardAt = clock.now()
      try {
        for (const frame of reader.push(chunk)) {
          const answer = dispatcher.answer(frame)
          if (answer instanceof Promise) void answer.then((bytes) => bytes !== undefined && send(bytes))
          else if (answer !== undefined) send(answer)
        }
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        socket.destroy()
      }
    })
    socket.on('close', () => {
      outboxes.delete(socket)
      cancelWatch()
    })
  }

  return startListener(options, {
    accept,
    sayLeaving: (socket) => void socket.write(readOnlyNotice(++lastNotice)),
    finish: () => {
      for (const [socket, outbox] of outboxes) {
        outbox.flush()
        socket.end()
      }
      return Promise.resolve()
    },
    isIdle: () => traffic.callsUnderWay === 0,
    clock,
  })
}
