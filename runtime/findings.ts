/** Violations kept of each check: enough to see what is wrong; broken books of a million rows need not be told whole. */
const maxPerCheck = 100

/** What a walk over many rows finds: how many it looked at, and what is wrong with them, by the name of each check. */
export interface Findings<Violation extends { readonly check: string }> {
  /** Counts rows that a check looked at. One that had none to look at is named with 0. */
  examined(check: string, rows: number): void
  /** Keeps the first hundred of each check, so that no check crowds out another. */
  violation(violation: Violation): void
  report(): { checks: { name: string; examined: number }[]; violations: Violation[] }
}

export function createFindings<Violation extends { readonly check: string }>(): Findings<Violation> {
  const rowsOf = new Map<string, number>()
  const violationsOf = new Map<string, Violation[]>()
  return {
    examined: (check, rows) => void rowsOf.set(check, (rowsOf.get(check) ?? 0) + rows),
    violation: (violation) => {
      const known = violationsOf.get(violation.check) ?? []
      if (known.length < maxPerCheck) known.push(violation)
      violationsOf.set(violation.check, known)
    },
    report: () => ({
      checks: [...rowsOf].map(([name, examined]) => ({ name, examined })),
      violations: [...violationsOf.values()].flat(),
    }),
  }
}
