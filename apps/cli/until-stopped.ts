/** An operator who asks for the end gets it by then, whatever hangs. */
export const stopWithinMs = 10_000

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
