import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** One released encoding: these bytes mean this value, for ever. */
export interface Golden {
  readonly hex: string
  readonly value: unknown
}

export type Goldens = Record<string, Golden>

const fileOf = (packageName: string) => new URL(`${packageName}.json`, import.meta.url)

/** All of them by the message's full name. */
export function readGoldens(): Goldens {
  const names = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.json'))
  return Object.assign({}, ...names.map((name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Goldens)) as Goldens
}

/** One file a package. */
export function writeGoldens(goldens: Goldens): void {
  const packageOf = (fullName: string) => fullName.slice(0, fullName.lastIndexOf('.'))
  const byPackage = Object.groupBy(Object.entries(goldens), ([fullName]) => packageOf(fullName))
  for (const [packageName, entries = []] of Object.entries(byPackage)) {
    const sorted = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    writeFileSync(fileOf(packageName), `${JSON.stringify(sorted, null, 2)}\n`)
  }
}
