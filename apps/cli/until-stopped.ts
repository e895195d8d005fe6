/**
 * Resolves at Ctrl-C, at SIGTERM, and when the launcher that this process belongs to is gone. The listeners stay: a
 * terminal's Ctrl-C comes twice, from the terminal and from the launcher, and the second must not cut the stop short.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
    process.once('disconnect', () => resolve())
    // The launcher may have gone while the program was still starting.
    if (process.send !== undefined && !process.connected) resolve()
  })
}
