/** One measurement's help, type and samples, as they stand in Prometheus text. */
interface Family {
  readonly head: string[]
  readonly samples: string[]
}

/**
 * Joins Prometheus texts of several sources into one: a measurement that several of them have stands there once, with
 * the samples of all. Their labels must tell them apart.
 */
export function joinMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>()
  for (const text of texts) {
    let family: Family = { head: [], samples: [] }
    let isNew = false
    for (const line of text.split('\n')) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (kind === 'HELP') {
        isNew = !families.has(name)
        family = families.get(name) ?? { head: [], samples: [] }
        families.set(name, family)
      }
      if (kind !== undefined && isNew) family.head.push(line)
      if (kind === undefined && line !== '') family.samples.push(line)
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head, ...samples, '']).join('\n')
}
