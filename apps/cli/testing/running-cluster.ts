import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCommand, type StartedCommand } from './started-command.ts'

/** `npm run cluster`, once it has shown its banner. */
export interface RunningCluster {
  readonly command: StartedCommand
  readonly banner: string
  /** By name, as the table shows them. */
  readonly pids: ReadonlyMap<string, number>
}

export async function startRunningCluster(parameters: readonly string[]): Promise<RunningCluster> {
  const command = startCommand('cluster', {}, parameters)
  const banner = await command.saidUntil(/Ctrl-C/)
  const pids = [...banner.matchAll(/^([a-z][\w-]*) +(\d+) +(?:\d+)? +\S+\.log$/gm)].map(([, name = '', pid]): [string, number] => [name, Number(pid)])
  return { command, banner, pids: new Map(pids) }
}

/** Names of the processes that are still there, once all have ended or that time is over. */
export async function leftAfter(pids: RunningCluster['pids'], withinMs: number): Promise<string[]> {
  const left = () => [...pids].flatMap(([name, pid]) => (isAlive(pid) ? [name] : []))
  for (const until = Date.now() + withinMs; left().length > 0 && Date.now() < until;) await sleep(50)
  return left()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !hasEnded(pid)
  } catch {
    return false
  }
}

/** It has ended, and its parent, by then the system's first process, has not asked for its exit code yet. Where the system does not tell, it has not. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

/** Sends what the banner's curl command would send, or the like of it: to another system, under another key. */
export async function pasteCurl(
  banner: string,
  url: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const given = [...banner.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']): [string, string] => [name.toLowerCase(), value])
  const headers = { ...Object.fromEntries(given), ...changed }
  const answer = await fetch(`${url}/api/orders`, { method: 'POST', headers, body: /-d '([^']+)'/.exec(banner)?.[1] ?? '' })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
