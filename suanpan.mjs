#!/usr/bin/env node
/**
 * The launcher: runs on whatever Node the machine has, sees to it that everything is installed, and hands over to the
 * Node that this project pins (node_modules/node), which runs TypeScript as it is.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const stampFile = join(root, 'node_modules', '.suanpan-lock')
const runtime = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** @param {string} message */
function refuse(message) {
  process.stderr.write(`suanpan: ${message}\n`)
  process.exit(2)
}

/** What is installed belongs to this lockfile. */
function lockDigest() {
  return createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}

function isInstalled() {
  return existsSync(runtime) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockDigest()
}

/** @param {string[]} parameters */
function npm(parameters) {
  const { status, error } = spawnSync('npm', [...parameters, '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (error !== undefined) refuse('npm was not found. Install Node with npm (https://nodejs.org), then try again.')
  return status === 0
}

function install() {
  process.stderr.write('suanpan: installing what is missing (once, about half a minute) …\n')
  if (!npm(['ci'])) refuse('the installation failed; npm says above why. Mend that, then try again.')
  // Some npm versions run no install script that was not approved: the pinned Node is then not in place yet.
  if (!existsSync(runtime)) npm(['rebuild', 'node'])
  if (!existsSync(runtime)) refuse('the pinned Node could not be installed. Try: npm rebuild node')
  writeFileSync(stampFile, lockDigest())
}

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) refuse(`Node 20 or newer is needed, this is ${process.version}.`)
if (!isInstalled()) install()

const bootstrap = 'import { enableCompileCache } from "node:module"; enableCompileCache()'
const parameters = ['--disable-warning=ExperimentalWarning', '--import', `data:text/javascript,${encodeURIComponent(bootstrap)}`, join(root, 'apps', 'cli', 'main.ts')]
// The channel tells the program when this launcher is gone, however it went: it must not live on unseen.
const child = spawn(runtime, [...parameters, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  // As a shell tells it: 128 and the signal's number.
  process.exit(signal === 'SIGKILL' ? 137 : 143)
})
