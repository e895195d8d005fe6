#!/usr/bin/env node
/**
 * The launcher: runs on whatever Node the machine has, sees to it that everything is installed, and hands over to the
 * Node that this project pins (node_modules/node), which runs TypeScript as it is.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const runtime = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const installingFile = join(root, '.installing')

/** @param {string} message */
function refuse(message) {
  process.stderr.write(`suanpan: ${message}\n`)
  process.exit(2)
}

/**
 * The packages of a lockfile: what shall be installed, or what npm says it installed.
 * @param {string} file
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages ?? {}
  } catch {
    return {}
  }
}

/** What is installed is what the lockfile names; packages for other platforms may be absent. */
function isInstalled() {
  if (!existsSync(runtime)) return false
  const installed = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || (installed[path] === undefined ? optional === true : installed[path].version === version),
  )
}

/** @param {string[]} parameters */
function npm(parameters) {
  // Warnings are about the Node that npm itself runs on; the program runs on the pinned one.
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync('npm', [...parameters, ...quietly], { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (error !== undefined) refuse('npm was not found. Install Node with npm (https://nodejs.org), then try again.')
  return status === 0
}

function install() {
  process.stderr.write('suanpan: installing what is missing (once, about half a minute) …\n')
  if (!npm(['ci'])) refuse('the installation failed; npm says above why. Mend that, then try again.')
  // Some npm versions run no install script that was not approved: the pinned Node is then not in place yet.
  if (!existsSync(runtime)) npm(['rebuild', 'node'])
  if (!existsSync(runtime)) refuse('the pinned Node could not be installed. Try: npm rebuild node --ignore-scripts=false')
}

/** The process that is installing here, if it still lives: what a killed one left behind counts for nothing. */
function otherInstaller() {
  let pid = 0
  try {
    pid = Number(readFileSync(installingFile, 'utf8'))
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return error.code === 'EPERM' ? pid : undefined
  }
}

/** Two terminals at once: one installs, the other waits. */
function installOnce() {
  const pid = otherInstaller()
  if (pid !== undefined) {
    process.stderr.write(`suanpan: process ${pid} is installing; waiting for it …\n`)
    while (otherInstaller() === pid) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
    if (isInstalled()) return
  }
  try {
    rmSync(installingFile, { force: true })
    writeFileSync(installingFile, String(process.pid), { flag: 'wx' })
  } catch (error) {
    refuse(`nothing can be installed here: ${error.message}`)
  }
  process.once('exit', () => rmSync(installingFile, { force: true }))
  install()
  rmSync(installingFile, { force: true })
}

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) refuse(`Node 20 or newer is needed, this is ${process.version}.`)
if (!isInstalled()) installOnce()

const bootstrap = 'import { enableCompileCache } from "node:module"; enableCompileCache()'
const parameters = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  `data:text/javascript,${encodeURIComponent(bootstrap)}`,
  join(root, 'apps', 'cli', 'main.ts'),
]
// The channel tells the program when this launcher is gone, however it went: it must not live on unseen.
const child = spawn(runtime, [...parameters, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  // As a shell tells it: 128 and the signal's number.
  process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
})
