import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { files, packages, root } from './repository.ts'

const pages = files.filter(({ path }) => path.endsWith('.md'))
const architecture = pages.find(({ path }) => path === 'docs/ARCHITECTURE.md')

test('every dependency is named in docs/ARCHITECTURE.md', () => {
  const foreign = new Set(packages.flatMap(({ dependencies }) => dependencies).filter((name) => !name.startsWith('@suanpan/')))
  assert.deepEqual(
    [...foreign].filter((name) => architecture?.text.includes(`\`${name}\``) !== true),
    [],
  )
})

test('every link of the documentation leads to a file', () => {
  const broken = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].flatMap(([, target = '']) =>
      existsSync(join(root, dirname(path), target)) ? [] : [`${path}: ${target}`],
    ),
  )
  assert.deepEqual(broken, [])
})

test('every file that the documentation names is there', () => {
  const topFolders = new Set(files.flatMap(({ path }) => (path.includes('/') ? [path.split('/', 1)[0]] : [])))
  const named = new RegExp(`\`((?:${[...topFolders].join('|')})\\/[\\w./-]+\\.(?:ts|sql|md|proto|json))\``, 'g')
  const missing = pages.flatMap(({ path, text }) =>
    [...text.matchAll(named)].flatMap(([, target = '']) => (existsSync(join(root, target)) ? [] : [`${path}: ${target}`])),
  )
  assert.deepEqual(missing, [])
})

test('both READMEs give the same commands and tell the same numbers', () => {
  const saidIn = (path: string) => {
    const text = pages.find((page) => page.path === path)?.text ?? ''
    const commands = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block.replaceAll(/ *# .*$/gm, ''))
    const numbers = [...text.matchAll(/^\| (?!`npx).*/gm)].flatMap(([row]) => row.match(/\d[\d.,]*/g) ?? [])
    return { commands, numbers }
  }
  const english = saidIn('README.md')
  assert.deepEqual(saidIn('README.zh-CN.md'), english)
  assert.ok(english.commands.length > 0 && english.numbers.length > 0)
})

test('the documentation says how many guards are taken away', () => {
  const mutations = files.filter(({ path }) => /^sim\/(payment-)?mutations\.ts$/.test(path))
  const count = mutations.flatMap(({ text }) => text.match(/\bname: '/g) ?? []).length
  const said = pages.flatMap(({ text }) => [...text.matchAll(/(\d+) (?:guards|处防护)/g)].map(([, number]) => Number(number)))
  assert.deepEqual(said, [count, count])
})
