import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { allImports, namedFiles, packageNameOf, pathsIn, roomOf } from './imports.ts'
import { files, isTest, packageOf, packages, sources } from './repository.ts'

const root = packages.find(({ folder }) => folder === '')
const ours = new Map(packages.map((each) => [each.name, each]))

/** What each room may import, in the order of docs/ARCHITECTURE.md. Everything may import itself. */
const mayImport: readonly (readonly [room: RegExp, allowed: RegExp])[] = [
  [/^contracts$/, /^$/],
  [/^servers$/, /^$/],
  [/^runtime$/, /^$/],
  [/^libraries\/\w+$/, /^(servers|runtime)$/],
  [/^examples\//, /^(runtime|libraries\/\w+)$/],
  [/^engines\/rpc-dubbo$/, /^(runtime|libraries\/dubbo)$/],
  [/^engines\/bus-rocketmq$/, /^(contracts|runtime|libraries\/rocketmq)$/],
  [/^channels$/, /^runtime$/],
  [/^services\/payment$/, /^(contracts|runtime|channels)$/],
  [/^services\//, /^(contracts|runtime)$/],
  [/^audit$/, /^(contracts|runtime)$/],
  [/^edge$/, /^(contracts|runtime|channels|audit)$/],
  [/^hosting$/, /^(contracts|runtime|edge|channels|services\/\w+)$/],
  [/^apps\/shop$/, /^(contracts|runtime|edge|channels|hosting)$/],
  [/^apps\/node$/, /^(contracts|runtime|libraries\/rocketmq|engines\/[\w-]+|edge|channels|hosting)$/],
  [/^apps\/cluster$/, /^(servers|runtime|libraries\/\w+|engines\/bus-rocketmq|hosting|sandbox|apps\/node)$/],
  [/^apps\/cli$/, /^(servers|contracts|runtime|audit|edge|channels|services\/log|hosting|apps\/\w+|sandbox|demo|load|sim|bench)$/],
  [/^sandbox$/, /^runtime$/],
  [/^demo$/, /^$/],
  [/^load$/, /^$/],
  [/^sim$/, /^(contracts|runtime|channels|audit|sandbox|services\/\w+)$/],
  [/^bench$/, /./],
  [/^tools$/, /^$/],
]

/** Those which are of use without the rest take of the runtime what has no store, bus or calls behind it. */
const partsOfRuntime: readonly (readonly [room: RegExp, parts: RegExp])[] = [
  [/^libraries\//, /^(time|ids|lanes|reason|telemetry|loopback-port)$/],
  [/^examples\//, /^time$/],
]

/** Tests put things together that the code keeps apart. */
const code = allImports.filter(({ from }) => !isTest(from))

function mayUse(from: string, room: string): boolean {
  const own = roomOf(from)
  return own === room || mayImport.find(([each]) => each.test(own))?.[1].test(room) === true
}

test('imports follow the arrows: contracts and runtime below services, below edge, below apps', () => {
  const against = code.flatMap(({ from, specifier }) => {
    const target = ours.get(packageNameOf(specifier))
    return target === undefined || mayUse(from, target.folder) ? [] : [`${from} imports ${specifier}`]
  })
  assert.deepEqual(against, [])
})

test('libraries and examples use small parts of the runtime alone', () => {
  const against = code.flatMap(({ from, specifier }) => {
    const [, part] = /^@suanpan\/runtime\/(.+)$/.exec(specifier) ?? []
    const parts = partsOfRuntime.find(([room]) => room.test(roomOf(from)))?.[1]
    return part === undefined || parts === undefined || parts.test(part) ? [] : [`${from} imports ${specifier}`]
  })
  assert.deepEqual(against, [])
})

/** The command that runs the tests names some of them. */
test('a file that is named in a string, as a program to start, follows the arrows, too', () => {
  const paths = new Set(files.map(({ path }) => path))
  const against = sources
    .filter(({ path }) => !isTest(path))
    .flatMap((file) =>
      pathsIn(file).flatMap((path) => (!paths.has(path) || isTest(path) || mayUse(file.path, roomOf(path)) ? [] : [`${file.path} names ${path}`])),
    )
  assert.deepEqual(against, [])
})

test('a relative import stays inside its package', () => {
  const leaving = allImports.filter(({ from, specifier }) => {
    const { folder } = packageOf(from)
    return specifier.startsWith('.') && folder !== '' && !posix.join(posix.dirname(from), specifier).startsWith(`${folder}/`)
  })
  assert.deepEqual(leaving, [])
})

test('packages of ours are imported by their exports only', () => {
  const deep = allImports.filter(({ specifier }) => {
    const target = ours.get(packageNameOf(specifier))
    return target !== undefined && target.exports[`.${specifier.slice(target.name.length)}`] === undefined
  })
  assert.deepEqual(deep, [])
})

test('every export of ours is a file, and is imported or started', () => {
  const paths = new Set(files.map(({ path }) => path))
  const vain = packages.flatMap(({ name, folder, exports }) =>
    Object.entries(exports).flatMap(([subpath, target]) => {
      const file = posix.join(folder, target)
      const isThere = paths.has(file) || file.startsWith('contracts/generated/')
      const isUsed = sources.some(({ text }) => text.includes(`'${posix.join(name, subpath)}'`))
      return isThere && isUsed ? [] : [`${name} exports ${subpath}: ${file}`]
    }),
  )
  assert.deepEqual(vain, [])
})

const foreign = allImports.filter(({ specifier }) => !/^(\.|node:)/.test(specifier))

test('every imported package is declared where it is imported; tests may also use what the root declares', () => {
  const undeclared = foreign.filter(({ from, specifier }) => {
    const name = packageNameOf(specifier)
    const own = packageOf(from)
    const known = isTest(from) ? [...own.dependencies, ...(root?.dependencies ?? [])] : own.dependencies
    return name !== own.name && !known.includes(name)
  })
  assert.deepEqual(undeclared, [])
})

test('every declared package is imported', () => {
  const unused = packages
    .filter(({ folder }) => folder !== '')
    .flatMap(({ name, folder, dependencies }) => {
      const imported = new Set(foreign.filter(({ from }) => from.startsWith(`${folder}/`)).map(({ specifier }) => packageNameOf(specifier)))
      return dependencies.filter((dependency) => !imported.has(dependency)).map((dependency) => `${name}: ${dependency}`)
    })
  // What ts-proto generates imports it; generated files are not looked at here.
  assert.deepEqual(unused, ['@suanpan/contracts: @bufbuild/protobuf'])
})

test('packages do not need each other in a circle, not for their tests either', () => {
  const below = (name: string, seen: ReadonlySet<string>): ReadonlySet<string> =>
    (ours.get(name)?.dependencies ?? []).reduce((all, each) => (all.has(each) ? all : below(each, new Set([...all, each]))), seen)
  assert.deepEqual(
    [...ours.keys()].filter((name) => below(name, new Set()).has(name)),
    [],
  )
})

test('every file is used by a program, a test or a package script', () => {
  const scripts = packages.flatMap(({ folder, scripts: byName }) =>
    Object.values(byName).flatMap((script) => [...script.matchAll(/[\w./-]+\.(?:ts|mjs)/g)].map(([path]) => posix.join(folder, path))),
  )
  const fileByPath = new Map(sources.map((file) => [file.path, file]))
  const reached = new Set<string>()
  const waiting = [...scripts, ...sources.filter(({ path }) => path.endsWith('.test.ts')).map(({ path }) => path)]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = fileByPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    waiting.push(...namedFiles(file))
  }
  assert.deepEqual(
    sources.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
  )
})

test('every exported function and value is used outside its own file', () => {
  const words = new Map(sources.map(({ path, text }) => [path, new Set(text.match(/[\w$]+/g))]))
  const unused = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)].flatMap(([, name = '']) => {
      const users = [...words].filter(([other, used]) => other !== path && used.has(name))
      return users.length === 0 ? [`${path}: ${name}`] : []
    }),
  )
  assert.deepEqual(unused, [])
})
