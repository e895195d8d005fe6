import type { Answer } from './connection.ts'

/** More kinds of outcomes than this would be a server answering nonsense: the rest is counted together. */
const maxKinds = 64

export interface OutcomeCounts {
  count(answer: Answer): void
  /** `201`, `409 out_of_stock`, `failed: timeout`, … and how often. */
  readonly byKind: ReadonlyMap<string, number>
}

/** The problem code of an error answer tells more than its status. */
function kindOf(answer: Answer): string {
  if (answer.kind === 'failed') return `failed: ${answer.because}`
  if (answer.status < 400) return String(answer.status)
  const code = /"code":"([a-z_]{1,40})"/.exec(answer.body.toString('latin1', 0, 2_000))?.[1]
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`
}

/** 2xx, and the 409 with which a shop refuses an order: it did its work. Everything else is an error. */
export function isServed(kind: string): boolean {
  return kind.startsWith('2') || kind.startsWith('409')
}

export function createOutcomeCounts(): OutcomeCounts {
  const byKind = new Map<string, number>()
  return {
    byKind,
    count(answer) {
      const kind = kindOf(answer)
      const known = byKind.has(kind) || byKind.size < maxKinds ? kind : 'other'
      byKind.set(known, (byKind.get(known) ?? 0) + 1)
    },
  }
}
