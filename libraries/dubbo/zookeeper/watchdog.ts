import type { Clock } from '@suanpan/runtime/time'
import type { ZooKeeperHandle } from './port.ts'

/**
 * The client pings but never minds that nobody answers: behind a frozen server it waits until the session is over. So
 * somebody has to ask now and then, and break the connection when there is no answer. With a session of 12 s: asked
 * every second, silent for 3 s or a handshake of 2 s is too long. That leaves time to meet a second frozen server.
 */
const probesPerSession = 12
const silencesPerSession = 4
const handshakesPerSession = 6

export interface Watchdog {
  start(): void
  connected(): void
  disconnected(): void
  stop(): void
}

export interface WatchdogOptions {
  readonly clock: Clock
  readonly handle: () => ZooKeeperHandle
  readonly onKick: (because: 'silent' | 'handshake') => void
}

export function createWatchdog({ clock, handle, onKick }: WatchdogOptions): Watchdog {
  let isConnected = false
  let cancel: (() => void) | undefined
  /** When the server last answered, or the handshake began. */
  let since = clock.now()

  function check(): void {
    const sessionMs = handle().sessionTimeoutMs()
    cancel = clock.after(sessionMs / probesPerSession, check)
    const patienceMs = sessionMs / (isConnected ? silencesPerSession : handshakesPerSession)
    // A clock that was put back begins anew, instead of a patience of hours.
    since = Math.min(since, clock.now())
    if (clock.now() - since > patienceMs) {
      onKick(isConnected ? 'silent' : 'handshake')
      since = clock.now()
      handle().kick()
    } else if (isConnected) void probe(handle())
  }

  async function probe(asked: ZooKeeperHandle): Promise<void> {
    try {
      await asked.exists('/')
      since = clock.now()
    } catch {
      // The connection broke meanwhile; the listener hears of it.
    }
  }

  return {
    start: check,
    connected: () => {
      isConnected = true
      since = clock.now()
    },
    disconnected: () => {
      isConnected = false
      since = clock.now()
    },
    stop: () => cancel?.(),
  }
}
