import { posix } from 'node:path'
import { packageOf, packages, sources, type SourceFile } from './repository.ts'

export interface Import {
  readonly from: string
  readonly specifier: string
}

const importPattern = /^(?:import|export|\}).*? from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm

function importsOf({ path, text }: SourceFile): Import[] {
  return [...text.matchAll(importPattern)].map(([, named, bare, dynamic]) => ({ from: path, specifier: named ?? bare ?? dynamic ?? '' }))
}

export const allImports: readonly Import[] = sources.flatMap(importsOf)

/** `@suanpan/runtime` of `@suanpan/runtime/store`, `pg` of `pg/lib/x`. */
export function packageNameOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Files of ours that a file names as a path, relative or from the root: a worker or a child program. */
export function pathsIn(file: SourceFile): string[] {
  const relative = [...file.text.matchAll(/['"`](\.{1,2}\/[^'"`\n$]+\.(?:ts|mjs))['"`]/g)].map(([, path]) =>
    posix.normalize(posix.join(posix.dirname(file.path), path ?? '')),
  )
  const fromRoot = [...file.text.matchAll(/['"`](\w[\w./-]*\/[\w.-]+\.(?:ts|mjs))['"`]/g)].map(([, path]) => path ?? '')
  return [...relative, ...fromRoot]
}

/** Files of ours that a file names, by import or otherwise. A bare name of ours is looked up in its package's exports. */
export function namedFiles(file: SourceFile): string[] {
  const exported = importsOf(file).flatMap(({ specifier }) => {
    const owner = packages.find(({ name }) => name === packageNameOf(specifier) && name.startsWith('@suanpan/'))
    const target = owner?.exports[`.${specifier.slice(owner.name.length)}`]
    return owner === undefined || target === undefined ? [] : [posix.join(owner.folder, target)]
  })
  return [...pathsIn(file), ...exported]
}

/** The part of the repository that the direction of imports speaks of: `services/order`, `runtime`, … */
export const roomOf = (path: string): string => packageOf(path).folder
