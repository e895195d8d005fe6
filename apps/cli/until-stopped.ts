import type { Terminal } from './terminal.ts'

/** An operator who asks for the end gets it by then, whatever hangs. */
const usualWithinMs = 10_000

/** Says that this process stops, and ends it by force if it is still there after so long. */
export function stopInTime({ complain }: Terminal, doing = 'finishing what is under way', withinMs = usualWithinMs): void {
  complain(`Stopping: ${doing} …`)
  const end = (): void => {
    process.stderr.write(`suanpan: it did not stop within ${withinMs} ms; the process ends. Everything acknowledged is kept.\n`)
    process.exit(1)
  }
  setTimeout(end, withinMs).unref()
}

/**
 * Resolves at Ctrl-C, at SIGTERM, and when the launcher that this process belongs to is gone. The listeners stay: a
 * terminal's Ctrl-C comes twice, from the terminal and from the launcher, and the second must not cut the stop short.
 */
export function untilStopped(): Promise<'told' | 'abandoned'> {
  return new Promise((resolve) => {
    // Signals are no reason for a process to stay; servers of its own may not be one either.
    const staying = setInterval(() => {}, 2 ** 30)
    const stop = (why: 'told' | 'abandoned'): void => {
      clearInterval(staying)
      resolve(why)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop('told'))
    process.once('disconnect', () => stop('abandoned'))
    // The launcher may have gone while the program was still starting.
    if (process.send !== undefined && !process.connected) stop('abandoned')
  })
}

/** Two interrupts that are closer than this are one Ctrl-C, which comes twice. */
const oneCtrlCMs = 500

/** Runs `stop` at Ctrl-C; whoever presses it again does not want to wait for what then follows. The listener stays. */
export function onInterrupt(stop: () => void): void {
  let interruptedAt: number | undefined
  process.on('SIGINT', () => {
    if (interruptedAt !== undefined && performance.now() - interruptedAt > oneCtrlCMs) process.exit(130)
    interruptedAt ??= performance.now()
    stop()
  })
}
