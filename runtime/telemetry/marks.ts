/**
 * Coverage marks: a test or the simulator can demand that a path was really taken. In production nobody listens, and
 * a mark costs an empty call.
 */
export interface Marks {
  mark(name: string): void
}

export const noMarks: Marks = { mark: () => {} }

export interface CountedMarks extends Marks {
  readonly counts: ReadonlyMap<string, number>
}

export function countedMarks(): CountedMarks {
  const counts = new Map<string, number>()
  return { counts, mark: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1) }
}
