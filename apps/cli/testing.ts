import type { Terminal } from './terminal.ts'

/** A terminal that keeps what was said, for tests. */
export interface RecordedTerminal extends Terminal {
  readonly printed: readonly string[]
  readonly complained: readonly string[]
}

export function recordedTerminal(): RecordedTerminal {
  const printed: string[] = []
  const complained: string[] = []
  return {
    printed,
    complained,
    print: (line) => void printed.push(line),
    complain: (line) => void complained.push(line),
    progress: () => undefined,
    paint: (_style, text) => text,
  }
}
