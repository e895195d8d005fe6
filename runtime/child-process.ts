import type { ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inTime, systemClock } from './time/index.ts'

/**
 * For the environment of a Node that is started from here: it and all processes that it starts read modules as they were compiled
 * before, which is a third of starting one. The place is Node's own choice where it is asked to keep them and not told where.
 */
export const compiledBefore = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') } as const

/** Whether it is over: whoever a signal has ended never has an exit code. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Resolves once it is over, which it may be already: then no event tells of it any more. */
export async function untilEnded(child: ChildProcess): Promise<void> {
  // Not `once` of events: a channel that breaks is an error, too, and no end.
  if (!hasEnded(child)) await new Promise((resolve) => child.once('exit', resolve))
}

/** Asks it to end, by SIGTERM or another way, and ends it by force if it is still there after so long. */
export async function endWithin(child: ChildProcess, withinMs: number, ask = (): void => void child.kill('SIGTERM')): Promise<void> {
  if (hasEnded(child)) return
  const ended = untilEnded(child)
  ask()
  if (await inTime(systemClock(), withinMs, ended)) return
  child.kill('SIGKILL')
  await ended
}
