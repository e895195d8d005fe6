import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

export interface Package {
  /** Folder from the repository's root; empty for the root itself. */
  readonly folder: string
  readonly name: string
  readonly exports: { readonly [subpath: string]: string }
  readonly scripts: { readonly [name: string]: string }
  readonly dependencies: readonly string[]
}

/** A linked work tree has a file for its `.git`. */
const skipped = new Set(['node_modules', '.git', 'data', 'generated', 'target'])
const textTypes = new Set(['.ts', '.mjs', '.json', '.sql', '.proto', '.md', '.yaml', '.yml', ''])

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory() && !skipped.has(entry.name)) yield* walk(path)
    else if (entry.isFile() && !skipped.has(entry.name) && textTypes.has(extname(entry.name)) && entry.name !== 'package-lock.json') yield path
  }
}

/** Every text file that people wrote: nothing generated, nothing installed. */
export const files: readonly SourceFile[] = [...walk('')].map((path) => {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, lines: text.replace(/\n$/, '').split('\n') }
})

export const sources: readonly SourceFile[] = files.filter(({ path }) => path.endsWith('.ts') || path.endsWith('.mjs'))

/** Tests, those against the real middleware among them, and what only tests use. */
export const isTest = (path: string): boolean => /\.(test|cluster)\.ts$/.test(path) || /(^|\/)testing(\.ts$|\/)/.test(path)

interface Manifest {
  readonly name: string
  readonly exports?: Package['exports']
  readonly scripts?: Package['scripts']
  readonly dependencies?: { readonly [name: string]: string }
  readonly devDependencies?: { readonly [name: string]: string }
}

export const packages: readonly Package[] = files
  .filter(({ path }) => /(^|\/)package\.json$/.test(path))
  .map(({ path, text }) => {
    const { name, exports = {}, scripts = {}, dependencies = {}, devDependencies = {} } = JSON.parse(text) as Manifest
    const folder = dirname(path) === '.' ? '' : dirname(path)
    return { folder, name, exports, scripts, dependencies: Object.keys({ ...dependencies, ...devDependencies }) }
  })

/** The innermost package that a file is part of. */
export function packageOf(path: string): Package {
  const holders = packages.filter(({ folder }) => folder === '' || path.startsWith(`${folder}/`))
  const innermost = holders.toSorted((a, b) => b.folder.length - a.folder.length)[0]
  if (innermost === undefined) throw new Error(`${path} is in no package`)
  return innermost
}
