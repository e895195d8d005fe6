import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc, on every Linux that matters. */
const ticksPerSecond = 100
export const msPerTick = 1_000 / ticksPerSecond

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Processor time so far, of all its threads. */
  readonly cpuMs: number
}

/** Undefined: it has ended, or the system does not tell. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  // Fields 4, 14 and 15, counted after the command name, which may hold blanks.
  const fields = readText(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')
  return fields === undefined ? undefined : { pid, parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick }
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return undefined
  }
}
