import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials } from '@suanpan/sandbox'

/** One whose shop was killed ends as soon as it notices: what still answers after all these looks belongs to a living shop. */
const looks = 5
const lookEveryMs = 200

/** It answers at once: what takes a connection and then says nothing is something else. */
const answerWithinMs = 1_000

type Known = Pick<Credentials['alipay'], 'appId' | 'gateway'>

/**
 * Where a sandbox of this folder runs that another shop has started. The file may be of a sandbox that is long gone, and
 * another program's be at its port by now: it is ours if its merchant is.
 */
export async function sharedSandbox(credentialsFile: string): Promise<string | undefined> {
  const ours = accountIn(credentialsFile)
  if (ours === undefined) return undefined
  const { origin } = new URL(ours.gateway)
  for (let look = 1; look <= looks; look++) {
    if ((await appIdAt(origin)) !== ours.appId) return undefined
    if (look < looks) await sleep(lookEveryMs)
  }
  return origin
}

function accountIn(credentialsFile: string): Known | undefined {
  try {
    const { alipay } = JSON.parse(readFileSync(credentialsFile, 'utf8')) as Credentials
    return URL.canParse(alipay.gateway) ? alipay : undefined
  } catch {
    return undefined
  }
}

async function appIdAt(origin: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${origin}/sandbox/merchant`, { signal: AbortSignal.timeout(answerWithinMs) })
    return ((await answer.json()) as Credentials).alipay.appId
  } catch {
    return undefined
  }
}
